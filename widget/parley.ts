/**
 * The loader: what the script tag fetches. A classic script of a few kilobytes that draws the launcher and fetches the
 * conversation when the visitor shows intent.
 *
 *     <script async src="https://relay.example.com/parley.js" data-flow="welcome" data-name="Tarn & Tor"></script>
 *
 * Without `data-flow` there is no launcher: the script then serves the `<parley-chat>` elements that the page itself holds.
 */
import { drawLauncher } from './launcher.ts';
import { isInvited } from './page/entry.ts';
import type { ParleyChat } from './parley-chat.ts';
import { hasUnsent, isToForget, rememberOpen, wasOpen } from './wake.ts';

interface Settings {
  readonly relay: string;
  readonly flow: string;
  readonly name: string;
  readonly locale: string;
  readonly tags: string;
}

/** Marks the page as having its launcher, so that a script that is loaded twice draws one. */
const LOADED = Symbol.for('parley');

/** Path of the module that defines `<parley-chat>`, its hash included. The build writes it here. */
declare const CONVERSATION_FILE: string;

/** By its whole address: within a script of another origin a relative one has nothing to be relative to. */
const loadChat = (relay: string): Promise<unknown> => import(`${relay}/${CONVERSATION_FILE}`);

function start(script: HTMLScriptElement): void {
  const { flow, name = '', locale = '', tags = '' } = script.dataset;
  const relay = new URL('.', script.src).href.slice(0, -1);
  if (!flow || document.querySelector('parley-chat')) void loadChat(relay).catch(warn);
  if (!flow || Reflect.has(window, LOADED)) return;
  Reflect.set(window, LOADED, true);
  offer({ relay, flow, name, locale, tags });
}

function offer(settings: Settings): void {
  const launcher = drawLauncher(settings.name, {
    intend: () => void loadChat(settings.relay).catch(() => undefined),
    toggle: () => void toggle(),
  });
  let chat: ParleyChat | undefined;

  const create = async () => {
    await loadChat(settings.relay);
    if (chat) return chat;
    chat = Object.assign(document.createElement('parley-chat'), settings, { floating: true });
    chat.addEventListener('parley-close', () => {
      show(false);
      launcher.button.focus();
    });
    document.body.append(chat);
    return chat;
  };

  const show = (isOpen: boolean) => {
    if (chat) chat.open = isOpen;
    launcher.setOpen(isOpen);
    rememberOpen(isOpen);
  };

  let isToggling = false;
  const toggle = async () => {
    // On a slow network the visitor clicks again: the first click is still being answered.
    if (isToggling) return;
    isToggling = true;
    try {
      const element = await create();
      const isOpen = !element.open;
      show(isOpen);
      await element.updateComplete;
      if (isOpen) element.focus();
    } catch (error) {
      warn(error);
    } finally {
      isToggling = false;
    }
  };

  // The visitor was talking on the page before: go on, and leave the focus where it is.
  // Or an entry link has led them here, to talk.
  if (wasOpen() || isInvited()) void create().then(() => show(true), warn);
  else if (hasUnsent(Date.now()) || isToForget(Date.now())) void create().catch(warn);
}

function warn(error: unknown): void {
  console.warn('Parley could not be loaded.', error);
}

function whenParsed(run: () => void): void {
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', run, { once: true });
  else run();
}

// A module has no current script: it is found by the name that it is served under.
const script = document.currentScript ?? document.querySelector('script[src*="/parley.js"]');
if (script instanceof HTMLScriptElement) whenParsed(() => start(script));
