/** The launcher's own chat, from the moment on that there is code for it. */
import { pageGate } from './browser-ports.ts';
import { ParleyChat } from './parley-chat.ts';
import { rememberOpen } from './wake.ts';

export interface Launched {
  readonly chat: ParleyChat;
  /** @param by what the visitor opened it with: then they get the focus, and that has it again when it is closed */
  readonly show: (isOpen: boolean, by?: HTMLElement) => Promise<void>;
}

export interface LaunchOptions {
  /** What it says of the chat, the chat takes over as it is: `data-flow`, `data-name` ... */
  readonly script: HTMLScriptElement;
  readonly relay: string;
  /** Mode */
  readonly consent: string;
  readonly button: HTMLElement;
  /** Hears whether it is open, when that changes, whoever has opened or closed it. */
  readonly note: (isOpen: boolean) => void;
}

/** Puts it on the page, closed. */
export function launch({ script, relay, consent, button, note }: LaunchOptions): Launched {
  let opener = button;
  const chat = document.createElement('parley-chat');
  for (const name of ParleyChat.observedAttributes) {
    const value = script.getAttribute(`data-${name}`);
    if (value !== null) chat.setAttribute(name, value);
  }
  Object.assign(chat, { relay, consent, floating: true });
  const tell = () => {
    note(chat.opened);
    rememberOpen(chat.opened);
  };
  for (const type of ['parley-open', 'parley-close', 'parley-consent']) chat.addEventListener(type, tell);
  chat.addEventListener('parley-close', () => {
    // Whoever was in it goes back to where they were.
    if (document.activeElement === chat) (opener.isConnected ? opener : button).focus();
  });
  // It is asked of at once whether it may be remembered that it is open.
  pageGate.declare(consent);
  // Beside the body: single-page applications swap that for the next page's.
  document.documentElement.append(chat);
  return {
    chat,
    async show(isOpen, by) {
      chat.opened = isOpen;
      if (!by || !isOpen) return;
      opener = by;
      await chat.updateComplete;
      chat.focus();
    },
  };
}
