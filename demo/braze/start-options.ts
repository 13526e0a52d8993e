/** What `npm run braze` is told on its command line. Pure. */
import { parseArgs } from 'node:util';
import { MAX_SEED } from './chance.ts';
import type { Chaos } from './chaos.ts';
import { faultKinds } from './faults.ts';
import type { EmulatorKey } from './keys.ts';
import { rateHeaderStyles } from './rate-limit.ts';
import type { ServeOptions } from './serve.ts';
import { errorStyles, objectLimits, type Sendable, type WorkspaceSettings } from './settings.ts';
import { MAX_DELAY } from './timer.ts';
import type { WorkspaceOptions } from './workspace.ts';

export const usage = `Usage: npm run braze -- [--port PORT] [--host HOST] [--key KEY]
                      [--permissions LIST] [--workspace NAME=KEY ...]
                      [--canvas ID[=NAME] ...] [--campaign ID[=NAME] ...]
                      [--entry ID=EVENT ...]
                      [--delay MS] [--shuffle N] [--object-limit LIMIT]
                      [--rate-headers STYLE] [--error-style STYLE] [--file FILE]
                      [--seed N [--share S] [--kinds LIST]]

  A local emulator of Braze's REST API. It is not Braze, and not affiliated with
  Braze.

  --port PORT           where it listens (default: 8789); 0 takes any free port
  --host HOST           name or address that it listens at (default: localhost)
  --key KEY             the REST API key (default: a random one, which is printed)
  --permissions LIST    of the keys, with commas (default: all of the endpoints)
  --workspace NAME=KEY  a workspace and its key, in place of --key; may be repeated
  --canvas ID[=NAME]    a Canvas that can be triggered; may be repeated
  --campaign ID[=NAME]  a campaign that can be triggered; may be repeated
  --entry ID=EVENT      whoever performs this custom event enters the Canvas of that
                        --canvas, which is not triggered then; may be repeated
  --delay MS            from an answer to when it can be seen (default: 50)
  --shuffle N           makes that 0 to twice as long, by chance but the same for the
                        same number: later requests may be seen first
  --object-limit LIMIT  of /users/track: combined75 (default), perArray75 or
                        combined50
  --rate-headers STYLE  what x-ratelimit-reset says: epoch (default) or delta
  --error-style STYLE   of what is wrong with an object: sentence (default) or code
  --file FILE           keeps the profiles there; without it they are in memory only
  --seed N              faults by chance, the same for the same number
  --share S             of the requests that --seed hits, 0 to 1 (default: 0.1)
  --kinds LIST          of faults that --seed draws, with commas (default: all but
                        hold)
  --help                prints this

Environment: BRAZE_PORT (in place of --port).`;

/** A command that was called wrongly: its message is for the person at the terminal. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export type StartOptions = Required<Pick<ServeOptions, 'port' | 'hostname'>> &
  Pick<ServeOptions, 'workspaces' | 'chaos' | 'file'>;

export interface StartPorts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What a key may do if it is not said. */
  readonly permissions: readonly string[];
  readonly newKey: () => string;
}

/** From an answer to when it can be seen, in milliseconds: between the "10-100 ms" of `api/api_limits`. */
const USUAL_DELAY = '50';
const USUAL_SHARE = 0.1;

const many = { type: 'string', multiple: true, default: [] as string[] } as const;

/**
 * `undefined` if only help is asked for.
 * @throws {StartError} saying which option is wrong, and what would be right
 */
export function parseStartOptions(args: readonly string[], ports: StartPorts): StartOptions | undefined {
  const values = valuesOf(args);
  if (values.help) return undefined;
  const hostname = filled('host', values.host);
  const file = values.file === undefined ? undefined : filled('file', values.file);
  const permissions = permissionsOf(values.permissions, ports.permissions);
  const keys = keysOf(values.key, values.workspace, ports.newKey);
  const settings: Partial<WorkspaceSettings> = {
    objectLimit: oneOf('object-limit', values['object-limit'], objectLimits),
    errorStyle: oneOf('error-style', values['error-style'], errorStyles),
    consistencyDelay: numberOf('delay', values.delay, MAX_DELAY),
    shuffleSeed: values.shuffle === undefined ? null : numberOf('shuffle', values.shuffle, MAX_SEED),
    canvases: withEntries(sendables('canvas', values.canvas), values.entry),
    campaigns: sendables('campaign', values.campaign),
  };
  const rateHeaders = oneOf('rate-headers', values['rate-headers'], rateHeaderStyles);
  const workspace = ([name, key]: readonly [string, string]): WorkspaceOptions => {
    const only: EmulatorKey = { key, permissions };
    return { ...settings, name, rateHeaders, keys: [only] };
  };
  const [first, ...others] = keys;
  const chaos = chaosOf(values);
  return {
    port: portOf(values.port, ports.env['BRAZE_PORT']),
    hostname,
    workspaces: [workspace(first), ...others.map(workspace)],
    ...(file !== undefined && { file }),
    ...(chaos && { chaos }),
  };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        host: { type: 'string', default: 'localhost' },
        key: { type: 'string' },
        permissions: { type: 'string' },
        workspace: many,
        canvas: many,
        campaign: many,
        entry: many,
        delay: { type: 'string', default: USUAL_DELAY },
        'object-limit': { type: 'string', default: 'combined75' },
        'rate-headers': { type: 'string', default: 'epoch' },
        'error-style': { type: 'string', default: 'sentence' },
        file: { type: 'string' },
        seed: { type: 'string' },
        share: { type: 'string' },
        kinds: { type: 'string' },
        shuffle: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

function portOf(option: string | undefined, variable: string | undefined): number {
  const [name, text] = option === undefined ? ['BRAZE_PORT', variable ?? '8789'] : ['--port', option];
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new StartError(`${name} is "${text}"; it should be a port, a number from 0 to 65535.`);
}

function numberOf(option: string, text: string, most: number): number {
  if (/^\d+$/.test(text) && Number(text) <= most) return Number(text);
  throw new StartError(`--${option} is "${text}"; it should be a whole number from 0 to ${String(most)}.`);
}

/** Nothing at all would be another thing than the default: every address, for a host. */
function filled(option: string, text: string): string {
  if (text.trim() !== '') return text;
  throw new StartError(`--${option} is empty; leave it out, or give it a ${option}.`);
}

function oneOf<T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((each) => each === text);
  if (found !== undefined) return found;
  throw new StartError(`--${option} is "${text}"; it should be ${listed(known)}.`);
}

function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), ...words.slice(-1)].join(' or ');
}

function permissionsOf(text: string | undefined, known: readonly string[]): readonly string[] {
  if (text === undefined) return known;
  const asked = text.split(',').map((permission) => permission.trim());
  const unknown = asked.find((permission) => !known.includes(permission));
  if (unknown === undefined) return asked;
  throw new StartError(
    `There is no permission "${unknown}" for --permissions; there are ${known.join(', ')}.`,
  );
}

type NamedKey = readonly [name: string, key: string];

function keysOf(
  key: string | undefined,
  workspaces: readonly string[],
  newKey: () => string,
): readonly [NamedKey, ...NamedKey[]] {
  const [first, ...others] = workspaces;
  if (first === undefined) return [['workspace', key ?? newKey()]];
  if (key !== undefined)
    throw new StartError('Give --key or --workspace NAME=KEY: with both, whose is the key?');
  return [namedKey(first), ...others.map(namedKey)];
}

function namedKey(text: string): NamedKey {
  const [name, key] = split(text);
  if (name === '' || key === undefined) {
    throw new StartError(
      `--workspace is "${text}"; it should be NAME=KEY, as in --workspace brand=secret-1.`,
    );
  }
  return [name, key];
}

function sendables(option: string, texts: readonly string[]): readonly Sendable[] {
  const all = texts.map((text) => {
    const [id, name] = split(text);
    if (id !== '') return { id, ...(name !== undefined && { name }) };
    throw new StartError(`--${option} is "${text}"; it should be ID or ID=NAME.`);
  });
  const double = all.find(({ id }, index) => all.findIndex((other) => other.id === id) !== index);
  if (!double) return all;
  throw new StartError(`--${option} is given twice with the id "${double.id}"; an id is of one only.`);
}

function withEntries(canvases: readonly Sendable[], texts: readonly string[]): readonly Sendable[] {
  const entries = new Map<string, string>();
  for (const text of texts) {
    const [id, event = ''] = split(text);
    if (id === '' || event === '') {
      throw new StartError(
        `--entry is "${text}"; it should be ID=EVENT, as in --entry winback=chat_abandoned.`,
      );
    }
    if (!canvases.some((canvas) => canvas.id === id)) {
      throw new StartError(`--entry is "${text}", and there is no --canvas ${id}; give it too.`);
    }
    if (entries.has(id))
      throw new StartError(`--entry is given twice for "${id}"; a Canvas has one entry event.`);
    entries.set(id, event);
  }
  return canvases.map((canvas) => {
    const event = entries.get(canvas.id);
    return event === undefined ? canvas : { ...canvas, entry: { event } };
  });
}

/** At the first `=`. */
function split(text: string): readonly [before: string, after: string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

interface ChaosValues {
  readonly seed?: string | undefined;
  readonly share?: string | undefined;
  readonly kinds?: string | undefined;
}

function chaosOf({ seed, share, kinds }: ChaosValues): Chaos | undefined {
  if (seed === undefined) {
    const alone = share === undefined ? kinds && '--kinds' : '--share';
    if (alone) throw new StartError(`${alone} is about the faults of --seed; give it too, as in --seed 1.`);
    return undefined;
  }
  return {
    seed: numberOf('seed', seed, MAX_SEED),
    share: share === undefined ? USUAL_SHARE : shareOf(share),
    ...(kinds !== undefined && {
      kinds: kinds.split(',').map((kind) => oneOf('kinds', kind.trim(), faultKinds)),
    }),
  };
}

function shareOf(text: string): number {
  if (/^(?:0|1|[01]?\.\d+)$/.test(text) && Number(text) <= 1) return Number(text);
  throw new StartError(
    `--share is "${text}"; it should be a number from 0 (no request is hit) to 1 (every one is).`,
  );
}
