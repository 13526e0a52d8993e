/** `parley dead-letters`: what could not be delivered, for operators. Works while the relay runs. */
import { parseArgs } from 'node:util';
import type { Work } from '../delivery/work.ts';
import type { DeadLetter, DeadLetters } from '../store/store.ts';
import { DEFAULT_STORE, openStoreThatIs } from './store-file.ts';
import { UsageError, type Command } from './usage.ts';

/** Apart from 1, which says that there is no such dead letter. */
const TROUBLE = 2;

const DEFAULT_LIMIT = 50;

const MAX_LIMIT = 10_000;

export const deadLetters: Command = {
  usage: `Usage: parley dead-letters list [--limit NUMBER] [--after KEY]
       parley dead-letters show KEY
       parley dead-letters retry KEY... | --all
       parley dead-letters drop KEY...

  list             what could not be delivered and why, the oldest first; no personal values
  show             one of them as it would be sent, with what Braze said: this holds personal values
  retry            puts them back into the spool of the relay. They may overwrite newer values: look at their age
  drop             forgets them for good
  --limit NUMBER   so many of the list (default: ${DEFAULT_LIMIT})
  --after KEY      those that come after it
  --all            each of them
  --store STORE    the store of parley serve: a file or Redis (default: ${DEFAULT_STORE})
  --json           for programs

Exit code: 0, 1 where there is no such dead letter, 2 where the store cannot be read or the call is wrong.`,

  trouble: TROUBLE,

  run: async (args) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        limit: { type: 'string', default: String(DEFAULT_LIMIT) },
        after: { type: 'string' },
        all: { type: 'boolean', default: false },
        store: { type: 'string', default: DEFAULT_STORE },
        json: { type: 'boolean', default: false },
      },
    });
    const [name = '', ...keys] = positionals;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    const call = { ...values, limit: readLimit(values.limit), keys };
    if (action?.takes(call) !== true) throw new UsageError(deadLetters.usage);
    const store = await openStoreThatIs(values.store, process.env);
    try {
      return await action.run(store.deadLetters, call);
    } finally {
      await store.close();
    }
  },
};

interface Call {
  readonly keys: readonly string[];
  readonly limit: number;
  readonly after?: string | undefined;
  readonly all: boolean;
  readonly json: boolean;
}

interface Action {
  readonly takes: (call: Call) => boolean;
  /** Resolves with the exit code. */
  readonly run: (letters: DeadLetters, call: Call) => Promise<number>;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  list: { takes: ({ keys, all }) => keys.length === 0 && !all, run: list },
  show: { takes: ({ keys, all }) => keys.length === 1 && !all, run: show },
  retry: { takes: ({ keys, all }) => keys.length > 0 !== all, run: retry },
  drop: { takes: ({ keys, all }) => keys.length > 0 && !all, run: drop },
};

async function list(letters: DeadLetters, { limit, after, json }: Call): Promise<number> {
  // One more says whether there are more.
  const found = await letters.list(limit + 1, after);
  const shown = found.slice(0, limit);
  if (json) {
    printJson(shown.map(summaryOf));
    return 0;
  }
  if (shown.length === 0) {
    console.log(after === undefined ? 'There are no dead letters.' : 'There are no more.');
    return 0;
  }
  const now = Date.now();
  console.log(
    tableOf([
      ['AGE', 'ENVIRONMENT', 'FLOW', 'NODE', 'KEY', 'REASON'],
      ...shown.map(({ at, work, reason }) => [
        ageOf(now - at),
        work.environment,
        work.flow,
        work.node,
        work.key,
        reason,
      ]),
    ]),
  );
  const last = shown.at(-1);
  if (found.length > limit && last !== undefined)
    console.log(`There are more: --after ${printable(last.work.key)}`);
  return 0;
}

async function show(letters: DeadLetters, { keys: [key = ''], json }: Call): Promise<number> {
  const letter = await letters.find(key);
  if (letter === undefined) {
    console.error(wordsForMissing(key));
    return 1;
  }
  const { words, work } = letter;
  const whole = {
    ...summaryOf(letter),
    ...(words !== undefined && { braze: words }),
    receivedAt: timeOf(work.receivedAt),
    ...(work.retriedAt !== undefined && { retriedAt: timeOf(work.retriedAt) }),
    ...(work.corrects !== undefined && { corrects: work.corrects }),
    ...(work.trace !== undefined && { trace: work.trace }),
    sends: requestOf(work),
  };
  if (json) {
    printJson(whole);
    return 0;
  }
  const { sends, ...about } = whole;
  console.error('This holds personal values of a visitor.');
  console.log(tableOf(Object.entries(about).map(([name, value]) => [name, value])));
  console.log('\nWould be sent:');
  printJson(sends);
  return 0;
}

/** What would be sent: of `/users/track` what it has in common with others, else by the name of what is called. */
function requestOf({ call, share: { attributes, events } }: Work): object {
  if (call) return { [call.name]: call.body };
  return { ...(attributes && { attributes: [attributes] }), events: events.map(({ object }) => object) };
}

async function retry(letters: DeadLetters, call: Call): Promise<number> {
  const keys = call.all ? await allKeys(letters) : call.keys;
  if (keys.length > 0)
    console.error('What is written again is as old as it is: it may overwrite what was written since.');
  return change(keys, call, (key) => letters.retry(key), {
    done: 'retried',
    words: 'back in the spool; a relay that runs on this store delivers it',
  });
}

async function drop(letters: DeadLetters, call: Call): Promise<number> {
  return change(call.keys, call, (key) => letters.drop(key), { done: 'dropped', words: 'dropped' });
}

async function change(
  keys: readonly string[],
  { json }: Call,
  act: (key: string) => Promise<boolean>,
  { done, words }: { readonly done: string; readonly words: string },
): Promise<number> {
  const changed: string[] = [];
  const missing: string[] = [];
  for (const key of new Set(keys)) {
    const isThere = await act(key);
    (isThere ? changed : missing).push(key);
    if (json) continue;
    if (isThere) console.log(`${printable(key)}: ${words}`);
    else console.error(wordsForMissing(key));
  }
  if (json) printJson({ [done]: changed, missing });
  else if (keys.length === 0) console.log('There are no dead letters.');
  return missing.length > 0 ? 1 : 0;
}

/** Those that are there now: what dies again meanwhile is not taken twice. */
async function allKeys(letters: DeadLetters): Promise<readonly string[]> {
  const keys: string[] = [];
  for (;;) {
    const page = await letters.list(MAX_LIMIT, keys.at(-1));
    keys.push(...page.map(({ work }) => work.key));
    if (page.length < MAX_LIMIT) return keys;
  }
}

/** Nothing that a visitor said, and nothing that Braze did: it may repeat a value. */
function summaryOf({ work, at, reason }: DeadLetter) {
  const { key, environment, site, flow, revision, node } = work;
  return { key, environment, site, flow, revision, node, at: timeOf(at), reason };
}

function wordsForMissing(key: string): string {
  return `There is no dead letter ${printable(key)}; parley dead-letters list shows those that there are.`;
}

/** @throws {UsageError} */
function readLimit(value: string): number {
  if (/^[1-9]\d{0,4}$/.test(value) && Number(value) <= MAX_LIMIT) return Number(value);
  throw new UsageError(`--limit is "${value}"; it should be a number from 1 to ${MAX_LIMIT}.`);
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** In the greatest unit of which it is one or more, e.g. `3 d`. */
function ageOf(milliseconds: number): string {
  const [unit, length] = UNITS.find(([, each]) => milliseconds >= each) ?? ['s', 1_000];
  return `${Math.max(0, Math.floor(milliseconds / length))} ${unit}`;
}

/** Braze's words and a key may hold what a terminal takes for a command: it is shown as in JSON. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** In columns; the last one is as wide as it is. */
function tableOf(given: readonly (readonly string[])[]): string {
  const rows = given.map((row) => row.map(printable));
  const widths = rows.reduce<readonly number[]>(
    (widest, row) => row.map((cell, column) => Math.max(cell.length, widest[column] ?? 0)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function printJson(value: unknown): void {
  const lines = JSON.stringify(value, undefined, 2).split('\n');
  console.log(lines.map(printable).join('\n'));
}
