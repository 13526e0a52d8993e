/** What a Redis has to be for a store, and which of the store's promises its settings keep. */
import type { Reply, RedisConnection } from './connection.ts';
import { pairsOf } from './groups.ts';
import { VERSION, type RedisKeys } from './keys.ts';
import { DRAINING_COMMIT, FOUND, NO_DEADLINE } from './scripts.ts';
import { StoreError } from '../store.ts';

/** Milliseconds that a trace of a probe stays where it has failed, or Redis remembers that it has not. */
const PROBE_LIFE = 1_000;

/** Scripts that write what they have computed. */
const OLDEST_REDIS = 7;

export interface OpeningOptions {
  /** Nothing is made. */
  readonly mustExist: boolean;
  /** Nothing is going to be written: it is not tried whether it may be. */
  readonly isReading: boolean;
}

/** @returns in our words, what the settings of this Redis do not promise. @throws {StoreError} where it can be no store */
export async function openRedisStore(
  connection: RedisConnection,
  keys: RedisKeys,
  { mustExist, isReading }: OpeningOptions,
): Promise<readonly string[]> {
  const { place } = connection;
  const warnings = await lookAtSettings(connection);
  if (mustExist && (await connection.call('EXISTS', keys.meta)) === 0)
    throw new StoreError(
      `There is no store at ${place} under that prefix: name the one that the relay keeps its store in`,
    );
  await agreeOn(connection, keys);
  if (!isReading) await probe(connection, keys);
  return warnings;
}

/** @returns in our words, what they do not promise. @throws {StoreError} where it can be no store */
export async function lookAtSettings(connection: RedisConnection): Promise<readonly string[]> {
  const info = await askIfAllowed(connection, 'INFO', 'server');
  const settings = await askIfAllowed(
    connection,
    'CONFIG',
    'GET',
    'maxmemory-policy',
    'appendonly',
    'appendfsync',
  );
  return warningsOf(
    connection.place,
    typeof info === 'string' ? info : undefined,
    Array.isArray(settings) ? new Map(pairsOf(settings as readonly string[])) : undefined,
  );
}

/** @param info as INFO answers, and settings by name: `undefined` where Redis does not tell. @throws {StoreError} */
export function warningsOf(
  place: string,
  info: string | undefined,
  settings: ReadonlyMap<string, string> | undefined,
): readonly string[] {
  const version = info === undefined ? undefined : /^redis_version:(\S+)/m.exec(info)?.[1];
  if (version !== undefined && Number.parseInt(version) < OLDEST_REDIS)
    throw new StoreError(`The store at ${place} is Redis ${version}; it has to be ${OLDEST_REDIS} or newer`);
  if (info !== undefined && /^redis_mode:cluster/m.test(info))
    throw new StoreError(`The store at ${place} is a cluster: name a single primary`);
  if (!settings)
    return [
      `The store at ${place} does not tell its settings: see to it that it has appendonly yes, appendfsync always and maxmemory-policy noeviction`,
    ];
  const policy = settings.get('maxmemory-policy');
  if (policy !== undefined && policy !== 'noeviction')
    throw new StoreError(
      `The store at ${place} has maxmemory-policy ${policy}: it would throw away what visitors were promised. Set it to noeviction`,
    );
  if (settings.get('appendonly') !== 'yes')
    return [
      `The store at ${place} has appendonly ${settings.get('appendonly') ?? 'no'}: when Redis ends, what was promised since its last snapshot is lost. Set appendonly yes and appendfsync always`,
    ];
  if (settings.get('appendfsync') !== 'always')
    return [
      `The store at ${place} has appendfsync ${settings.get('appendfsync') ?? 'no'}: a power cut loses what was promised in the last moments (everysec: about a second). Set appendfsync always`,
    ];
  return [];
}

/** What the caller takes the store for: with this each script begins. */
export const layoutOf = ({ meta, version, partitions, owner }: RedisKeys): readonly (string | number)[] => [
  meta,
  version,
  partitions.length,
  owner,
];

/** Who comes first says how many partitions there are: two who divide in two ways would read the same line at once. @throws {StoreError} */
async function agreeOn({ place, run }: RedisConnection, keys: RedisKeys): Promise<void> {
  const own = { version: keys.version, partitions: String(keys.partitions.length) };
  const words = [...layoutOf(keys), keys.shares];
  const [version, partitions, owner] = (await run(FOUND, words, true)) as readonly (string | null)[];
  if (version === null || partitions === null)
    throw new StoreError(
      `The store at ${place} has lost its key ${keys.meta}, which says how it is divided: give it back (HSET ${keys.meta} version ${VERSION} partitions N, with the N of before), or name another prefix`,
    );
  if (version !== own.version)
    throw new StoreError(
      `The store at ${place} has version ${version}, and this relay knows ${VERSION}: ${Number(version) > VERSION ? 'run the newer relay that made it' : 'an older relay made it; run that one until it is empty, or name another prefix'}`,
    );
  if (partitions !== own.partitions)
    throw new StoreError(
      `The store at ${place} has ${partitions} partitions, and this relay is set to ${own.partitions}: set it to ${partitions} (REDIS_PARTITIONS), or name another prefix`,
    );
  if (keys.owner !== '' && owner !== keys.owner)
    throw new StoreError(
      `The store at ${place} is that of ${owner}, and this relay is of ${keys.owner}: name another prefix (REDIS_PREFIX). If it is the same brand with another name, say so to the store (HSET ${keys.meta} owner ${keys.owner}) while no relay runs on it`,
    );
}

/**
 * Redis takes nothing back of a script that fails: what a commit has written before a command that its user may not give stays. So each kind
 * of command is given once, on keys of nobody, before there is anything to lose. @throws {StoreError}
 */
async function probe(connection: RedisConnection, keys: RedisKeys): Promise<void> {
  const string = keys.probe('string');
  const hash = keys.probe('hash');
  const sorted = keys.probe('sorted');
  const set = keys.probe('set');
  const all = [string, hash, sorted, set];
  const checks = [
    ['string', string, '', ''],
    ['field', hash, 'field', ''],
    ['most', hash, 'count', 0],
    ['sum', hash, 'count field', 0],
  ];
  const commands = [
    ['SET', string, 1],
    ['INCRBY', string, 1],
    ['PEXPIRE', string, PROBE_LIFE],
    ['HSET', hash, 'field', 1],
    ['PEXPIRE', hash, PROBE_LIFE],
    ['HINCRBY', hash, 'count', 1],
    ['prune', hash, 0],
    ['HDEL', hash, 'field'],
    ['ZADD', sorted, 0, 'member'],
    ['PEXPIRE', sorted, PROBE_LIFE],
    ['ZREM', sorted, 'member'],
    ['ZREMRANGEBYSCORE', sorted, '-inf', 0],
    ['SADD', set, 'member'],
    ['PERSIST', set],
    ['DEL', ...all],
  ];
  // First what one that has failed may have left.
  const words = [2, 0, 1, all.length + 1, 'DEL', ...all, checks.length, ...checks.flat(), commands.length];
  for (const command of commands) words.push(command.length, ...command);
  const probed = [keys.commit(crypto.randomUUID()), PROBE_LIFE, NO_DEADLINE, ...words];
  // A relay that starts on a full Redis is there to drain it.
  await connection.run(DRAINING_COMMIT, [...layoutOf(keys), ...probed], true);
}

/** Where a Redis is somebody else's to run, such commands may be forbidden. */
async function askIfAllowed(
  connection: RedisConnection,
  name: string,
  ...words: readonly string[]
): Promise<Reply> {
  try {
    return await connection.call(name, ...words);
  } catch (error) {
    if (error instanceof StoreError && /\((NOPERM|ERR unknown command)/.test(error.message)) return null;
    throw error;
  }
}
