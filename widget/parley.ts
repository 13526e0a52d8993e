/**
 * The loader: what the script tag fetches. A classic script of a few kilobytes that draws the launcher and fetches the
 * conversation when the visitor shows intent.
 *
 *     <script async src="https://relay.example.com/parley.js" data-flow="welcome" data-name="Tarn & Tor">
 *
 * Without `data-flow` there is no launcher: the script then serves the `<parley-chat>` elements that the page itself holds.
 */
import { takeCommands, warn, type Command, type Commands } from './commands.ts';
import type * as LauncherTriggers from './launcher-triggers.ts';
import { drawLauncher } from './launcher.ts';
import type { Launched } from './launched.ts';
import type { Triggers } from './triggers.ts';
import { hasUnsent, isToForget, rememberLanding, wasOpen } from './wake.ts';

type Door = Parameters<Commands['open']>[0];

/** Paths of the modules that are fetched from here, their hashes included. The build writes them here. */
declare const FILES: Readonly<Record<'chat' | 'triggers', string>>;

/** @param isSuccessor its predecessor knew the files of another release */
function start(script: HTMLScriptElement, isSuccessor?: boolean): void {
  const settings = script.dataset;
  const { flow } = settings;
  // The loader of a version lies in a folder of that name.
  const relay = new URL('.', script.src).href.replace(/\/(\d+\.\d+\.[^/]+\/)?$/, '');
  const held = document.querySelector('parley-chat');
  // An application may have set the property, of an element that is none of ours yet.
  // eslint-disable-next-line @typescript-eslint/prefer-nullish-coalescing -- an empty one says nothing
  const said = settings['consent'] ?? (held?.consent || held?.getAttribute('consent'));
  const commands = takeCommands(relay, said ?? (flow || held ? '' : undefined));
  const { signal, consent } = commands;
  rememberLanding();

  /** By its whole address: within a script of another origin a relative one has nothing to be relative to. */
  const load = (file: string): Promise<unknown> => import(`${relay}/${file}`);
  const loadChat = async () => {
    const door = (await load(FILES.chat)) as Door;
    // What is said from then on is kept for the script that is loaded anew.
    if (!signal.aborted) commands.open(door);
    return door;
  };
  /** @param command what the script's successor is to do, in its place */
  const fail = async (error: unknown, command?: Command) => {
    // It has failed already, or is not wanted any more.
    if (signal.aborted) return;
    const queue = commands.leave();
    if (!isSuccessor && navigator.onLine) {
      queue.script = script;
      // A release has taken the file away. The script as it is now knows those that are there. By an address of its own, or the browser
      // would take it for one that it knows.
      try {
        await load(`parley.js?${Date.now()}`);
        // The page may have taken it off by now.
        if (command && !window.parley?.isLeft) window.parley?.push(command);
        return;
      } catch {
        delete queue.script;
      }
    }
    warn(error);
    // What the page takes off now is this script, should it come back: not another that it loads.
    queue.isLeft = true;
    const again = () => {
      queue.isLeft = false;
      start(script);
    };
    addEventListener('online', again, { once: true });
  };

  if (!flow || held) loadChat().catch(fail);
  // A script that is loaded twice draws one.
  if (commands.host?.wake) return;
  if (!flow) {
    commands.serve({
      tell: (deed) => document.querySelectorAll('parley-chat').forEach((each) => each[deed]()),
    });
    return;
  }

  let launched: Launched | undefined;
  /** Or is about to be. */
  let isOpen = false;
  let triggers: Promise<Triggers> | undefined;

  const tellTriggers = (tell: (triggers: Triggers) => void) => void triggers?.then(tell, () => undefined);

  const intend = () => void loadChat().catch(() => undefined);
  const { host, button } = drawLauncher(
    settings,
    intend,
    // On a slow network the visitor clicks again: the first click is still being answered.
    () => void ((!isOpen || launched) && show(!isOpen, button)),
  );
  signal.onabort = () => {
    host.remove();
    launched?.chat.destroy();
    tellTriggers((each) => each.disconnect());
  };

  const note = (isShown: boolean) => void (isOpen = isShown);

  const create = async () => {
    const { launch } = await loadChat();
    // The page may have taken it off.
    if (!launched?.chat.isConnected && !signal.aborted)
      launched = launch(script, relay, consent, button, note);
    return launched;
  };

  /** @param by what the visitor opened it with: then they get the focus */
  const show = async (isWanted: boolean, by?: HTMLElement) => {
    isOpen = isWanted;
    try {
      // What has not come yet need not go, and something else may have been said since.
      button.ariaBusy = 'true';
      if (isWanted || launched) await create();
      button.ariaBusy = null;
      if (isOpen === isWanted) await launched?.show(isWanted, by);
    } catch (error) {
      isOpen = false;
      await fail(error, ['open', by]);
    }
  };

  // The visitor was talking on the page before: go on, and leave the focus where it is.
  // Or a link has led them here, to talk.
  const wake = () => {
    // It may only be allowed now.
    rememberLanding();
    tellTriggers((each) => each.look());
    const now = Date.now();
    if (settings['open'] !== undefined || wasOpen() || isInvited()) void show(true);
    else if (hasUnsent(now) || isToForget(now)) create().catch(fail);
  };

  document.addEventListener(
    'click',
    (event) => {
      // Through the shadow trees of the page.
      const link = (event.composedPath()[0] as Partial<HTMLElement>).closest?.<HTMLElement>(
        'a[href$="#parley"]',
      );
      // In another tab it opens there, and so it does on another page.
      if (
        !link ||
        event.ctrlKey ||
        event.metaKey ||
        event.shiftKey ||
        !leadsHere(link.getAttribute('href') as string)
      )
        return;
      event.preventDefault();
      void show(true, link);
    },
    { signal },
  );

  const { trigger, teaser, badge } = settings;
  if ((trigger ?? teaser ?? badge) !== undefined) {
    triggers = load(FILES.triggers).then((loaded) =>
      (loaded as typeof LauncherTriggers).connectLauncher(settings, button, show),
    );
    // Where they alone cannot be had, they alone are missing.
    triggers.catch((error: unknown) => (isOpen || launched || isSuccessor ? warn : fail)(error));
  }
  commands.serve({
    tell: (deed, isVisitor) =>
      void (deed === 'restart'
        ? create().then((its) => its?.chat.restart(), fail)
        : show(deed === 'toggle' ? !isOpen : deed === 'open', isVisitor ? button : undefined)),
    wake,
    load: () => void loadChat().catch(fail),
    setTags: (told) => tellTriggers((each) => each.setTags(told)),
  });
  wake();
  if (settings['preload'] === 'idle') {
    if ('requestIdleCallback' in window) requestIdleCallback(intend);
    else setTimeout(intend, LEFT_ALONE);
  }
}

/** Whether the address is that of a link to the chat, or holds an entry link: then the visitor was invited to talk. */
const isInvited = (): boolean => /[#?&]parley=.|#parley$/.test(location.href);

/** Whether that is an address of this very page, wherever a `<base>` has them begin. */
const leadsHere = (href: string): boolean =>
  new URL(href, location.href).href.split('#')[0] === location.href.split('#')[0];

/** Milliseconds that a page is left alone in a browser that does not tell when it is idle: Safari did not before 2026. */
const LEFT_ALONE = 2_000;

function whenParsed(run: () => void): void {
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', run, { once: true });
  else run();
}

const left = window.parley?.script;
// A module has no current script: it is found by the name that it is served under.
const script = left ?? document.currentScript ?? document.querySelector('script[src*="/parley.js"]');
if (script) whenParsed(() => start(script as HTMLScriptElement, script === left));
