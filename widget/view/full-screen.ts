/** What a floating chat needs on a phone, where it has the whole screen: fetched there. */

/** The field and all that takes the focus, in the order in which Tab goes through them. */
const TABBABLE = 'a[href], button, input, textarea, [tabindex="0"]';

/**
 * Keeps the chat where it is seen, also above a phone's keyboard, and the keyboard's focus within it.
 * @param host is closed by Escape, and takes `--_top` and `--_height`, in pixels, of what is seen of the page
 * @returns leaves it as it was
 */
export function connectFullScreen(host: HTMLElement & { close(): void }, root: ShadowRoot): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  const { visualViewport } = window;
  // The page's own measures do not change when the keyboard comes, on iOS not even in `dvh`.
  const fit = () => {
    if (!visualViewport) return;
    // Someone who has zoomed in looks at a part of it.
    const isZoomed = visualViewport.scale > 1.01;
    host.style.setProperty('--_top', isZoomed ? '0px' : `${visualViewport.offsetTop}px`);
    host.style.setProperty('--_height', isZoomed ? '100%' : `${visualViewport.height}px`);
  };
  for (const type of ['resize', 'scroll']) visualViewport?.addEventListener(type, fit, { signal });
  const keepFocus = (event: KeyboardEvent) => {
    if (event.key !== 'Tab') return;
    const all = [...root.querySelectorAll<HTMLElement>(TABBABLE)].filter(
      (element) => element.checkVisibility() && !element.matches(':disabled'),
    );
    const [first, last] = [all[0], all.at(-1)];
    const focused = root.activeElement as HTMLElement;
    const isAtEnd = event.shiftKey ? focused === first || !all.includes(focused) : focused === last;
    if (!isAtEnd) return;
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  };
  // Before the chat keeps the keys from the page.
  root.addEventListener('keydown', keepFocus as EventListener, { signal, capture: true });
  // Opened by itself it has not taken the focus; but what is behind it nobody sees. A dialog of the page's is before it.
  const fetchFocus = (event: KeyboardEvent) => {
    if (host.matches(':focus-within') || document.querySelector('dialog:modal')) return;
    if (event.key === 'Escape') host.close();
    if (event.key !== 'Tab') return;
    event.preventDefault();
    host.focus();
  };
  document.addEventListener('keydown', fetchFocus, { signal });
  fit();
  // WebKit takes the media queries of adopted sheets as they stood for an earlier chat, perhaps in a wider window: until the sheets, once
  // they have been applied, are adopted anew.
  host.getBoundingClientRect();
  root.adoptedStyleSheets = [...root.adoptedStyleSheets];
  return () => {
    listening.abort();
    host.style.removeProperty('--_top');
    host.style.removeProperty('--_height');
  };
}
