/**
 * Every field that the relay may log, and what it holds. What is not here is in no log, whoever tries. No field holds what a visitor
 * said, who a visitor is, a key or a credential: docs/privacy.md.
 */
import { StoreError } from './store/store.ts';

type Kind = 'text' | 'number' | 'boolean';

interface Field<Kinds extends Kind = Kind> {
  readonly kinds: readonly Kinds[];
  readonly holds: string;
}

const field = <Kinds extends Kind>(kinds: Kinds | readonly Kinds[], holds: string): Field<Kinds> => ({
  kinds: typeof kinds === 'string' ? [kinds] : kinds,
  holds,
});

export const LOG_FIELDS = {
  level: field('text', '`info`, `warn` or `error`'),
  event: field('text', 'what happened: a constant'),
  advice: field('text', 'what went wrong and what would be right, in the words of the relay or of SQLite'),
  age: field('number', 'submissions that a browser gave up of age'),
  attempts: field('number', 'how often something was tried'),
  call: field('text', 'what an action calls, such as `canvas/trigger/send`: a constant'),
  changed: field('text', 'names of settings'),
  dead_letter: field('text', 'why it died: names of the environment, flow, node and attribute or field'),
  departures: field('number', 'how many'),
  environment: field('text', '`sandbox` or `prod`'),
  erasures: field('number', 'how many'),
  evicted: field('number', 'submissions that a browser gave up for want of room'),
  fault: field('text', 'name of the class of an error, never its message'),
  flows: field('number', 'how many'),
  in_doubt: field('boolean', 'whether Braze may have counted it twice'),
  limit: field('number', 'a setting'),
  meaning: field('text', 'what an answer of Braze’s means: a constant'),
  method: field('text', 'of HTTP; `other` where it is none of those that are known'),
  milliseconds: field('number', 'how long it took'),
  name: field('text', 'of an attribute, an event or a property of one, as the flow has it'),
  objects: field('number', 'how many'),
  other: field('number', 'submissions that a browser gave up for a reason that is not known here'),
  outcome: field('text', 'a constant'),
  permission: field('text', 'of the REST API key, as Braze names it: a constant'),
  pid: field('number', 'id of a process of the relay, as the system has it'),
  problem: field('text', 'what is wrong with the settings or the flows'),
  process: field('number', 'which of several processes of the relay: from 1'),
  profiles: field('number', 'how many'),
  reason: field('text', 'a constant, or what a value should be: never the value'),
  refused: field('number', 'submissions that a browser gave up because the relay refused them'),
  request: field('text', 'id of the request: drawn here, or 64 characters of whoever sent it'),
  route: field('text', 'pattern of a route, never a path'),
  seconds: field('number', 'a length of time'),
  settings: field('text', 'names of settings'),
  shard: field('number', 'on Cloudflare: which Durable Object'),
  site: field('text', 'name of a site, from the settings'),
  status: field(['text', 'number'], 'of HTTP, or why there was none'),
  step: field('text', 'a constant'),
  storage: field('number', 'pages on which a browser could keep nothing'),
  submission: field('text', 'id of a submission: of a conversation and a step'),
  submissions: field('number', 'how many'),
  trace: field('text', 'id of the trace: 32 hexadecimal digits'),
  trouble: field('text', 'a constant'),
  verdict: field('text', 'what became of a signed identity: a constant'),
} as const satisfies Readonly<Record<string, Field>>;

interface TypeOf {
  readonly text: string;
  readonly number: number;
  readonly boolean: boolean;
}

type Fields = {
  readonly [Name in Exclude<keyof typeof LOG_FIELDS, 'level' | 'event'>]?:
    TypeOf[(typeof LOG_FIELDS)[Name]['kinds'][number]] | undefined;
};

/** One line of the log. Never the key, a credential, or a personal value. */
export interface LogEntry extends Fields {
  readonly level: 'info' | 'warn' | 'error';
  /** What happened, as a constant to search for. */
  readonly event: string;
}

/** Characters of a text. What is wrong with a flow may be a few sentences; nobody reads more in a log. */
const MAX_TEXT = 1_000;

/**
 * What could make a line look like two, or like another: control characters and separators of lines, marks that turn the direction of
 * writing (Unicode Technical Report 36, section 2.9), and halves of surrogate pairs.
 */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

export interface GuardedLog {
  readonly log: (entry: LogEntry) => void;
  /** Fields that were not let through since the start: a fault of the relay. */
  readonly dropped: () => number;
}

/** Lets through what is named above, of its kind, in characters that are safe. The types say the same; a cast or a spread may not heed them. */
export function guardLog(write: (entry: LogEntry) => void): GuardedLog {
  let dropped = 0;
  return {
    log(entry) {
      const kept = Object.entries(entry).flatMap(([name, value]: [string, unknown]) => {
        if (value === undefined) return [];
        if (isAllowed(name, value)) return [[name, typeof value === 'string' ? safe(value) : value] as const];
        dropped += 1;
        return [];
      });
      write(Object.fromEntries(kept) as unknown as LogEntry);
    },
    dropped: () => dropped,
  };
}

/**
 * What an error says that may be logged. Only the store's own messages are written for that: those of others may repeat what they met, as
 * those of `JSON.parse` do.
 */
export function adviceOf(error: unknown): string {
  if (error instanceof StoreError) return error.message;
  return error instanceof Error ? error.name : typeof error;
}

function isAllowed(name: string, value: unknown): boolean {
  if (!Object.hasOwn(LOG_FIELDS, name)) return false;
  const kinds: readonly Kind[] = LOG_FIELDS[name as keyof typeof LOG_FIELDS].kinds;
  const type = typeof value;
  return kinds.some((kind) => type === (kind === 'text' ? 'string' : kind));
}

function safe(text: string): string {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return short.replace(UNSAFE, (unsafe) => `\\u{${unsafe.codePointAt(0)?.toString(16) ?? ''}}`);
}
