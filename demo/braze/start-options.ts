/** What `npm run braze` is told on its command line. Pure. */
import { parseArgs } from 'node:util';
import { parseChaos, type Chaos } from './chaos.ts';
import type { EmulatorKey } from './keys.ts';
import type { RateHeaderStyle } from './rate-limit.ts';
import type { ServeOptions } from './serve.ts';
import { parseSettings, type Sendable, type WorkspaceSettings } from './settings.ts';
import type { WorkspaceOptions } from './workspace.ts';

export const usage = `Usage: npm run braze -- [--port PORT] [--host HOST] [--key KEY]
                      [--permissions LIST] [--workspace NAME=KEY ...]
                      [--canvas ID[=NAME] ...] [--campaign ID[=NAME] ...]
                      [--delay MS] [--object-limit LIMIT] [--rate-headers STYLE]
                      [--error-style STYLE] [--file FILE] [--seed N [--share S]]

  A local emulator of Braze's REST API. It is not Braze, and not affiliated with
  Braze.

  --port PORT           where it listens (default: 8789); 0 takes any free port
  --host HOST           name or address that it listens at (default: localhost)
  --key KEY             the REST API key (default: a random one, which is printed)
  --permissions LIST    of the keys, with commas (default: all of the endpoints)
  --workspace NAME=KEY  a workspace and its key, in place of --key; may be repeated
  --canvas ID[=NAME]    a Canvas that can be triggered; may be repeated
  --campaign ID[=NAME]  a campaign that can be triggered; may be repeated
  --delay MS            from an answer to when it can be seen (default: 50)
  --object-limit LIMIT  of /users/track: combined75 (default), perArray75 or
                        combined50
  --rate-headers STYLE  what x-ratelimit-reset says: epoch (default) or delta
  --error-style STYLE   of what is wrong with an object: sentence (default) or code
  --file FILE           keeps the profiles there; without it they are in memory only
  --seed N              faults by chance, the same for the same number
  --share S             of the requests that --seed hits, 0 to 1 (default: 0.1)
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
const USUAL_SHARE = '0.1';

const many = { type: 'string', multiple: true, default: [] as string[] } as const;

/**
 * `undefined` if only help is asked for.
 * @throws {StartError} saying which option is wrong, and what would be right
 */
export function parseStartOptions(args: readonly string[], ports: StartPorts): StartOptions | undefined {
  const values = valuesOf(args);
  if (values.help) return undefined;
  const { host: hostname, file } = values;
  const permissions = permissionsOf(values.permissions, ports.permissions);
  const keys = keysOf(values.key, values.workspace, ports.newKey);
  const settings = settingsOf({
    objectLimit: values['object-limit'],
    errorStyle: values['error-style'],
    consistencyDelay: numberOf('delay', values.delay),
    canvases: values.canvas.map(sendable),
    campaigns: values.campaign.map(sendable),
  });
  const rateHeaders = rateHeadersOf(values['rate-headers']);
  const workspace = ([name, key]: readonly [string, string]): WorkspaceOptions => {
    const only: EmulatorKey = { key, permissions };
    return { ...settings, name, rateHeaders, keys: [only] };
  };
  const [first, ...others] = keys;
  const chaos = values.seed === undefined ? undefined : chaosOf(values.seed, values.share);
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
        delay: { type: 'string', default: USUAL_DELAY },
        'object-limit': { type: 'string', default: 'combined75' },
        'rate-headers': { type: 'string', default: 'epoch' },
        'error-style': { type: 'string', default: 'sentence' },
        file: { type: 'string' },
        seed: { type: 'string' },
        share: { type: 'string', default: USUAL_SHARE },
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

function numberOf(option: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new StartError(`--${option} is "${text}"; it should be a whole number from 0.`);
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

function sendable(text: string): Sendable {
  const [id, name] = split(text);
  return { id, ...(name !== undefined && { name }) };
}

/** At the first `=`. */
function split(text: string): readonly [before: string, after: string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function settingsOf(json: Readonly<Record<string, unknown>>): Partial<WorkspaceSettings> {
  const parsed = parseSettings(json);
  if ('problem' in parsed) throw new StartError(parsed.problem);
  return parsed.value;
}

function rateHeadersOf(text: string): RateHeaderStyle {
  if (text === 'epoch' || text === 'delta') return text;
  throw new StartError(`--rate-headers is "${text}"; it should be epoch or delta.`);
}

function chaosOf(seed: string, share: string): Chaos | undefined {
  const parsed = parseChaos({ seed: numberOf('seed', seed), share: Number(share) });
  if ('problem' in parsed) throw new StartError(parsed.problem);
  return parsed.value;
}
