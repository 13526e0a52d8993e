/** Runs in the page that is measured, before anything of the page itself. */

export interface Seen {
  /** Milliseconds since navigation began, once an input can take the focus. */
  readonly ready: Promise<number>;
  /** Cumulative layout shift so far, of all shifts that no input explains. */
  shifts: number;
}

declare global {
  interface Window {
    /** What `watchPage` has seen. */
    seen: Seen;
  }
}

interface LayoutShift extends PerformanceEntry {
  readonly value: number;
  readonly hadRecentInput: boolean;
}

/**
 * Looks in each shadow tree whenever something was put there, and not by a clock: what it costs is the same few lookups for everybody. It
 * is sent to the page as text, so that it can use nothing from outside.
 */
export function watchPage(): void {
  const roots: (Document | ShadowRoot)[] = [];
  const ready = new Promise<number>((resolve) => {
    const look = () => {
      const inputs = roots.flatMap((root) => [...root.querySelectorAll<HTMLInputElement>('input, textarea')]);
      if (inputs.length === 0) return;
      if (inputs.some((input) => !input.disabled && input.checkVisibility({ visibilityProperty: true }))) {
        observer.disconnect();
        resolve(performance.now());
      } else requestAnimationFrame(look);
    };
    const observer = new MutationObserver(look);
    const watch = (root: Document | ShadowRoot) => {
      roots.push(root);
      observer.observe(root, { childList: true, subtree: true });
    };
    watch(document);
    const attach = Reflect.get<Element, 'attachShadow'>(Element.prototype, 'attachShadow');
    Element.prototype.attachShadow = function (init) {
      const root = attach.call(this, init);
      watch(root);
      return root;
    };
  });
  const seen: Seen = { ready, shifts: 0 };
  window.seen = seen;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries() as LayoutShift[]) {
      if (!hadRecentInput) seen.shifts += value;
    }
  }).observe({ type: 'layout-shift', buffered: true });
  // With the first element that a script makes, V8 learns of all that elements have: some 60 kB, which any page of today has already.
  document.createElement('div');
}
