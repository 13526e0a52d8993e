/** The launcher's own chat, from the moment on that there is code for it. */
import { pageGate } from './browser-ports.ts';
import { ParleyChat } from './parley-chat.ts';
import { rememberOpen } from './wake.ts';

export interface Launched {
  readonly chat: ParleyChat;
  /** @param by what the visitor opened it with: then they get the focus, and that has it again when it is closed */
  readonly show: (isOpen: boolean, by?: HTMLElement) => Promise<void>;
}

/** What the visitor types into, also an editor, or may type into: nobody knows what goes on in a frame. */
const FIELDS = 'input, select, iframe, :read-write';

/**
 * Puts it on the page, closed.
 * @param script what it says of the chat, the chat takes over as it is: `data-flow`, `data-name` ...
 * @param consent mode
 * @param button the launcher's, which shows whether it is open
 * @param note hears whether it is open, when that changes, whoever has opened or closed it
 */
export function launch(
  script: HTMLScriptElement,
  relay: string,
  consent: string,
  button: HTMLElement,
  note: (isOpen: boolean) => void,
): Launched {
  let opener = button;
  const chat = document.createElement('parley-chat');
  for (const name of ParleyChat.observedAttributes) {
    const value = script.getAttribute(`data-${name}`);
    if (value !== null) chat.setAttribute(name, value);
  }
  Object.assign(chat, { relay, consent, floating: true });
  const showState = (isOpen: boolean) => {
    note(isOpen);
    button.ariaExpanded = String(isOpen);
  };
  const tell = () => {
    showState(chat.opened);
    rememberOpen(chat.opened);
  };
  for (const type of ['parley-open', 'parley-close', 'parley-consent']) chat.addEventListener(type, tell);
  chat.addEventListener('parley-close', () => {
    // Whoever was in it goes back to where they were.
    if (document.activeElement === chat) (opener.isConnected ? opener : button).focus();
    // It was closed: the page does not invite to it any more, when it is loaded anew.
    const { href } = location;
    if (href.endsWith('#parley')) history.replaceState(history.state, '', href.slice(0, -'#parley'.length));
  });
  // It is asked of at once whether it may be remembered that it is open.
  pageGate.declare(consent);
  // Beside the body: single-page applications swap that for the next page's.
  const root = document.documentElement;
  root.append(chat);
  // Whoever takes it off does not close it before.
  const observer = new MutationObserver(() => {
    if (chat.isConnected) return;
    observer.disconnect();
    showState(false);
  });
  observer.observe(root, { childList: true });
  return {
    chat,
    async show(isOpen, by) {
      chat.opened = isOpen;
      if (!by || !isOpen) return;
      opener = by;
      await chat.updateComplete;
      // On a slow network they may have gone on, and be typing.
      if (!focusedOf(document)?.matches(FIELDS)) chat.focus();
    },
  };
}

/** Through the shadow trees of the page. */
function focusedOf(root: DocumentOrShadowRoot): Element | null {
  const { activeElement } = root;
  return activeElement?.shadowRoot ? focusedOf(activeElement.shadowRoot) : activeElement;
}
