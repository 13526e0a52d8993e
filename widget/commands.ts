/**
 * The page's commands, by the one global: `window.parley`. A page may give them before the script is there,
 * `(window.parley ??= []).push(['open'])`, and at any time after that.
 */
import type * as Door from './define.ts';
import { announceTo } from './transport/notice.ts';
import { databaseOf, forgetTraces, heedConsent, isKnown, needsNoConsent } from './wake.ts';

/** What is to be done for the chat of the script, or for all chats on the page, and with what. */
export type Command =
  | readonly [Deed | 'destroy', unknown?]
  | readonly ['setTags', string | readonly string[]]
  | readonly ['setConsent', unknown]
  | readonly ['identify' | 'setChallenge', string]
  | readonly ['logout' | 'forget', unknown?];

/** What a page gives before a script is there, or after the last one has left. */
export interface Queue extends Array<Command> {
  /** The tag of a script that has left its place to its successor. */
  script?: HTMLScriptElement;
  /** Everything of ours has left the page: there is nothing more to destroy. */
  isLeft?: boolean;
  readonly mayTouch?: undefined;
}

/** What the module takes, whatever chat there is: of the page, and of who is at it. */
export type Told = Exclude<Command, readonly [Deed | 'destroy', unknown?]>;

/** How their names begin, and those of no deeds. */
const TOLD = /^[fils]/;

/** What the chat can be told to do: that of the launcher, or those that the page itself holds. */
export type Deed = 'open' | 'close' | 'toggle' | 'restart';

export interface Host {
  /** @param isVisitor it was the visitor: then they get the focus */
  readonly tell: (deed: Deed, isVisitor: unknown) => void;
  /** There is a launcher: looks whether the chat is to open by itself. */
  readonly wake?: () => void;
  /** Fetches the chat, and shows nothing. */
  readonly load?: () => void;
  readonly setTags?: (tags: string | readonly string[]) => void;
}

export interface Commands {
  push: (...commands: readonly Command[]) => void;
  readonly script?: undefined;
  readonly isLeft?: undefined;
  /** The mode of consent, as the script has it, or else the first chat of the page. */
  readonly consent: string;
  /** Whether the browser's storage may be read and written. */
  readonly mayTouch: () => boolean;
  /** Aborted when everything of ours leaves the page. */
  readonly signal: AbortSignal;
  /** The conversation's module is there: it obeys from now on, also what was kept for it. */
  open: (door: typeof Door) => void;
  host?: Host;
  /** There is somebody to show the chat. */
  serve: (host: Host) => void;
  /** Takes everything of ours off the page. @returns what stands in its place: what was not obeyed yet */
  leave: () => Queue;
}

declare global {
  interface Window {
    parley?: Commands | Queue;
  }
}

/** Whatever else a page may give. */
function isCommand(given: unknown): given is Command {
  if (!Array.isArray(given)) return false;
  const [name, value] = given as readonly unknown[];
  // A list of identities is told by the module that it is none.
  if (/^(setTags|setChallenge|identify)$/.test(name as string))
    return [value].flat().every((tag) => typeof tag === 'string');
  return /^(open|close|toggle|restart|destroy|setConsent|logout|forget)$/.test(name as string);
}

/**
 * Those of the page, which the first script takes.
 * @param consent mode; undefined where nobody has said any yet
 */
export function takeCommands(relay: string, consent: string | undefined): Commands {
  // An element with that id stands there, too, and a page may have something of its own by that name.
  const early = window.parley;
  if (early?.mayTouch) {
    heedConsent(early.mayTouch);
    return early;
  }
  const leaving = new AbortController();
  const kept: Queue = [];
  // A page that only serves chats which come later has said nothing yet.
  let isAllowed = consent !== undefined && needsNoConsent(consent);
  let door: typeof Door | undefined;
  // The module knows more: of consent tools, and of what the visitor has said.
  const mayTouch = () => (door ? door.pageGate.state() === 'allowed' : isAllowed);
  heedConsent(mayTouch);

  const heed = (isGranted: boolean) => {
    isAllowed = isGranted;
    if (isGranted) return commands.host?.wake?.();
    // What earlier pages have kept: it takes no chat to forget that.
    forgetTraces();
    const name = databaseOf(relay);
    try {
      indexedDB.deleteDatabase(name);
    } catch {
      // Where it is refused, there is none.
    }
    // Other pages may have a chat: they hear what they would hear from one.
    announceTo(name, { type: 'withdrawn', by: 'visitor', page: '' });
  };
  const obey = (command: Command) => {
    const [name, value] = command;
    const { host } = commands;
    // Of the page, or of who is at it: the module takes it, whatever chat there is.
    const isTold = TOLD.test(name);
    // Told again when the module is there: what has been told is told.
    if (name === 'setTags') host?.setTags?.(value);
    if (isTold ? !door : !host) {
      // Of those that were before.
      if (!early?.isLeft || name !== 'destroy') kept.push(command);
      // Nobody may open a chat here.
      if (/^[fl]/.test(name) || (name === 'identify' && isKnown())) host?.load?.();
    } else if (isTold) door?.obey(relay, command as Told);
    else if (name === 'destroy') commands.leave().isLeft = true;
    else host?.tell(name as Deed, value);
  };
  const take = (command: Command) => {
    if (isCommand(command)) {
      const [name, value] = command;
      // Anything but `true` is a refusal, which also holds while there is no chat that would hear it of the module.
      if (name === 'setConsent' && !(door && (value === true || document.querySelector('parley-chat'))))
        heed(value === true);
      obey(command);
      // Without what was given with it: that may be a token.
    } else console.warn('Parley has no such command.', [command].flat()[0]);
  };
  const commands: Commands = {
    consent: consent ?? '',
    mayTouch,
    signal: leaving.signal,
    push: (...given) => given.forEach(take),
    open(opened) {
      door ??= opened;
      if (consent) door.pageGate.declare(consent);
      kept.splice(0).forEach(obey);
    },
    serve(host) {
      commands.host = host;
      kept.splice(0).forEach(obey);
    },
    leave() {
      leaving.abort();
      // A script that is loaded anew would know nothing of it.
      if (door?.pageGate.state() === 'denied') kept.push(['setConsent', false]);
      return (window.parley = kept);
    },
  };
  window.parley = commands;
  // Before anything is read.
  if (Array.isArray(early)) commands.push(...early);
  return commands;
}

export function warn(error: unknown): void {
  console.warn('Parley could not be loaded.', error);
}
