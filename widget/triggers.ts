/**
 * How the chat comes forward by itself: what opens it, a teaser and a badge at the launcher. Fetched where a page asks for any of it.
 *
 *     data-trigger="delay 10; scroll 50; exit; visit 2; tag pricing, suv"
 *
 * It imports nothing that the conversation brings with it, so that the conversation stays one file.
 */
import { listenToNavigation } from './page/navigation.ts';
import { isMet, readRules, tagsFrom, unknown, visitAt, type Moment, type Rule } from './triggers/rules.ts';
import type { Signs } from './triggers/signs.ts';

export interface TriggerSettings {
  readonly trigger?: string;
  /** `visitor`, `session` or `page`: how often each trigger opens the chat. */
  readonly repeat?: string;
  readonly teaser?: string;
  /** When the teaser is shown, in the language of `trigger`. */
  readonly teaserTrigger?: string;
  /** A number, 0 for none; or empty, for a dot. */
  readonly badge?: string;
  readonly tags: string;
  /** BCP 47 tag */
  readonly locale: string;
}

export interface TriggerHost {
  readonly settings: TriggerSettings;
  /** The launcher's. */
  readonly root: ShadowRoot;
  /** Its `aria-expanded` changes when the chat opens and closes. */
  readonly button: HTMLButtonElement;
  readonly isOpen: () => boolean;
  /** Without focus. */
  readonly open: () => void;
  /** With it: the visitor has clicked on the teaser. */
  readonly openByVisitor: () => void;
  /** What is remembered where the visitor lets it, and else for as long as the page lasts. */
  readonly remembered: (key: string) => string | null;
  readonly remember: (key: string, value: string) => void;
}

export interface TriggerPorts {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly setTimer: (callback: () => void, milliseconds: number) => () => void;
}

export interface Triggers {
  /** Adds to the page's tags, until it is left. */
  readonly setTags: (told: string | readonly string[]) => void;
  /** @param count messages that came while the chat was closed, as `watchUnread` counts them. Opening it clears them */
  readonly setUnread: (count: number) => void;
  /** Looks anew at what is remembered: it may only be allowed now. */
  readonly look: () => void;
  readonly disconnect: () => void;
}

/** The page has been looked at, and what moves at its edge is noticed. */
const TEASER_TRIGGER = 'delay 3';

const REPEATS = ['visitor', 'session', 'page'];

/** What is typed into, also an editor, or may be: nobody knows what goes on in a frame. */
const FIELDS = 'input, select, iframe, :read-write';

/** What may end that the visitor is busy. Neither `focus` nor `close` bubbles. */
const PAUSES = ['focus', 'blur', 'close'];

export function connectTriggers(host: TriggerHost): Triggers {
  return createTriggers(host, {
    // Not set back or forward while the page is there.
    now: () => performance.timeOrigin + performance.now(),
    setTimer: (callback, milliseconds) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
  });
}

/** @param ports what `connectTriggers` takes of the browser */
export function createTriggers(host: TriggerHost, { now, setTimer }: TriggerPorts): Triggers {
  const { settings, button, isOpen, remembered, remember } = host;
  const { repeat = '', teaser } = settings;
  const badge = readBadge(settings.badge);
  if (repeat && !REPEATS.includes(repeat)) warn(unknown('data-repeat', repeat, REPEATS.join(', ')));
  const rules = readRules(settings.trigger ?? '', 'data-trigger', warn);
  const teaserRules = readRules(
    teaser ? (settings.teaserTrigger ?? TEASER_TRIGGER) : '',
    'data-teaser-trigger',
    warn,
  );
  const all = [...rules, ...teaserRules];
  const has = (kind: Rule['kind']) => all.some((rule) => rule.kind === kind);

  let signs: Signs | undefined;
  let unread: number | undefined;
  let visit = 1;
  let told = settings.tags;
  let tag: readonly string[] = [];
  let wasOpen = isOpen();
  let cancel: (() => void) | undefined;
  let stopCounting: (() => void) | undefined;

  // Of this page: an application that goes to another path is on another.
  let path = location.pathname;
  /** Milliseconds, without those since it was hidden last. */
  let looked = 0;
  let since: number | undefined;
  let scroll = 0;
  let exit = 0;
  /** The chat was opened or closed here. */
  let isOver = wasOpen;

  const lookedFor = () => looked + (since === undefined ? 0 : now() - since);

  const watch = () => {
    since = document.visibilityState === 'visible' ? now() : undefined;
  };

  /** Whether it has opened the chat for the visitor, as often as it may. */
  const isDone = ({ kind }: Rule) => {
    const kept = remembered(kind);
    return kept !== null && repeat !== 'page' && (repeat !== 'session' || kept === String(visit));
  };

  /** Neither talking, nor reading a dialog, nor looking at what fills the screen, nor typing. */
  const isFree = () =>
    !isOver && !isOpen() && since !== undefined && !document.querySelector(':modal') && !isTyping();

  const check = () => {
    if (location.pathname !== path) {
      begin();
      return;
    }
    const moment: Moment = { delay: lookedFor() / 1000, scroll, exit, visit, tag };
    const due = rules.filter((rule) => isMet(rule, moment) && !isDone(rule));
    if (due[0] && isFree() && !isSaving()) {
      isOver = true;
      for (const { kind } of due) remember(kind, String(visit));
      host.open();
    }
    if (signs && teaserRules.some((rule) => isMet(rule, moment)) && isFree()) signs.tease(visit);
    const delays = all.flatMap(({ kind, from }) => (kind === 'delay' && from > moment.delay ? from : []));
    wait(since !== undefined && delays[0] ? Math.min(...delays) * 1000 - lookedFor() : undefined);
  };

  const wait = (milliseconds?: number) => {
    cancel?.();
    cancel = milliseconds === undefined ? undefined : setTimer(check, milliseconds);
  };

  const readTags = () => {
    if (has('tag')) tag = tagsFrom([told, ...metaTags()].join());
    check();
  };

  const look = () => {
    const time = Math.round(now());
    visit = visitAt(remembered('visits'), time);
    remember('visits', `${visit} ${time}`);
    signs?.look(visit);
    readTags();
  };

  const begin = () => {
    path = location.pathname;
    looked = scroll = exit = 0;
    isOver = false;
    watch();
    signs?.hide();
    look();
  };

  const noticeToggle = () => {
    if (isOpen() === wasOpen) return;
    wasOpen = !wasOpen;
    isOver = true;
    stopCounting?.();
    stopCounting = undefined;
    if (wasOpen) signs?.settle();
    else if (badge !== undefined) stopCounting = watchUnread(setUnread);
  };

  const setUnread = (count: number) => {
    unread = count;
    signs?.setUnread(count);
  };

  const listening = new AbortController();
  const { signal } = listening;
  const on = (target: EventTarget | undefined, type: string, listener: (event: Event) => void) =>
    target?.addEventListener(type, listener, { signal, capture: target === window });

  on(window, 'parley-consent', look);
  on(document, 'visibilitychange', () => {
    looked = lookedFor();
    watch();
    check();
  });
  // By then the next field has the focus.
  for (const type of PAUSES) on(window, type, () => wait(0));
  if (has('scroll')) {
    on(document, 'scroll', () => {
      const depth = scrolled();
      if (depth <= scroll) return;
      scroll = depth;
      check();
    });
  }
  if (has('exit')) {
    // `mouseleave` comes of touches, too.
    on(document.documentElement, 'pointerleave', (event) => {
      const { pointerType, clientY, buttons } = event as PointerEvent;
      // Who drags something over the edge is not leaving.
      if (pointerType !== 'mouse' || clientY > 0 || buttons) return;
      exit = 1;
      check();
    });
  }
  const stopNavigation = listenToNavigation(check);
  const observer = new MutationObserver(() => {
    noticeToggle();
    readTags();
  });
  observer.observe(document.head, { childList: true, subtree: true, attributeFilter: ['name', 'content'] });
  observer.observe(button, { attributeFilter: ['aria-expanded'] });

  watch();
  scroll = scrolled();
  look();

  if (teaser || badge !== undefined) {
    import('./triggers/signs.ts')
      .then(({ drawSigns }) => {
        if (signal.aborted) return;
        signs = drawSigns(host, badge);
        if (unread !== undefined) signs.setUnread(unread);
        if (wasOpen) signs.settle();
        look();
      })
      .catch(warn);
  }

  return {
    setTags(tags) {
      told += `,${String(tags)}`;
      readTags();
    },
    setUnread,
    look,
    disconnect() {
      listening.abort();
      stopNavigation();
      observer.disconnect();
      wait();
      stopCounting?.();
      signs?.remove();
    },
  };
}

const warn = (problem: unknown): void => console.warn(problem);

/** As the page has it, where that can be read. */
function readBadge(text: string | undefined): string | undefined {
  if (text === undefined || /^\d{0,6}$/.test(text.trim())) return text?.trim();
  warn(unknown('data-badge', text, '1, 0 for none, or nothing for a dot'));
  return undefined;
}

/**
 * Counts what the brand says from now on in the launcher's chat, which has just been closed: in another tab, or on what the visitor had
 * said before. A conversation that begins anew is told from its beginning.
 * @returns ends that
 */
function watchUnread(tell: (count: number) => void): () => void {
  // Where the launcher puts it; those that the page itself holds are elsewhere.
  const root = document.querySelector(':root > parley-chat')?.shadowRoot;
  const count = () => root?.querySelectorAll('.transcript .brand').length ?? 0;
  let read = count();
  let told = 0;
  const observer = new MutationObserver(() => {
    const said = count();
    read = Math.min(read, said);
    if (said - read !== told) tell((told = said - read));
  });
  if (root) observer.observe(root, { childList: true, subtree: true });
  return () => observer.disconnect();
}

/** Per cent of what can be scrolled. 0 where nothing can. */
function scrolled(): number {
  const { scrollTop, scrollHeight } = document.scrollingElement ?? document.documentElement;
  // At the end of the page it may lack a part of a pixel.
  return (100 * Math.ceil(scrollTop)) / Math.max(scrollHeight - innerHeight, 1);
}

/** What pages say of themselves, in their head or anywhere else. */
const metaTags = (): readonly string[] =>
  [...document.querySelectorAll<HTMLMetaElement>('meta[name="parley:tag"]')].map(({ content }) => content);

/** Whether a field has the focus, in whichever shadow tree. */
function isTyping(): boolean {
  let focused = document.activeElement;
  while (focused?.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  return focused?.matches(FIELDS) === true;
}

/** Whether the visitor's browser is to save data: the conversation is not fetched for somebody who has not asked for it. */
const isSaving = (): boolean =>
  (navigator as { readonly connection?: { readonly saveData?: boolean } }).connection?.saveData === true;
