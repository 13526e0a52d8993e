/** What a Worker is given by `wrangler.jsonc`: bindings, variables and secrets. Each that is missing is named, with what would be right. */
import { ConfigError } from '../../config.ts';
import type { Readiness } from '../../readiness.ts';
import type { Json } from '../../store/json.ts';
import type { Backlog, StoreStats, Tallied, Tally } from '../../store/store.ts';
import type { DeadLetterOrder, DeadLetterPage } from './dead-letters.ts';

/**
 * Bindings of `wrangler.jsonc`, text variables and secrets of `config.ts`, and whatever else a Worker has: `readBindings` says what is missing.
 * Any object, so that the `Env` that `wrangler types` writes fits.
 */
export type WorkerEnv = object;

export interface Bindings {
  /** Durable Objects of the class `ParleyShard`. */
  readonly shards: Namespace<ShardObject>;
  /** One of the class `ParleyShared`. */
  readonly shared: Namespace<SharedObject>;
  readonly wakeUps: WakeQueue;
  readonly assets: { fetch(request: Request): Promise<Response> };
  readonly shardCount: number;
  /** Name of the queue that is `wakeUps`. */
  readonly wakeUpQueue: string;
  /** Name of the queue that takes what `wakeUps` has given up. */
  readonly deadLetterQueue: string;
  /** Opens `/operator` and `/flows`. Without it there are no such paths. */
  readonly operatorSecret: string | undefined;
  /** All text variables, as `parseConfig` reads them. */
  readonly texts: Readonly<Record<string, string>>;
}

export interface Namespace<Stub> {
  getByName(name: string): Stub;
}

export interface WakeQueue {
  send(message: WakeUp, options: { readonly delaySeconds: number }): Promise<unknown>;
}

/** All that a queue carries: which shard has something to do. */
export interface WakeUp {
  readonly shard: number;
}

/** What others ask of a shard. */
export interface ShardObject {
  fetch(request: Request): Promise<Response>;
  count(name: string, window: number, amount: number): Promise<number>;
  /** Delivers what is due. @returns how many submissions are left that were promised */
  wake(): Promise<number>;
  /** The wake-up call was given up: the next work of the spool sends another. */
  forgetWakeUp(): Promise<number>;
  readiness(audience: 'public' | 'operator'): Promise<Readiness>;
  stats(): Promise<ShardStats>;
  deadLetters(order: DeadLetterOrder): Promise<DeadLetterPage>;
  listTallies(): Promise<readonly Tallied[]>;
  findTallies(environment: string, flow: string, revision: string): Promise<readonly Tally[]>;
}

export interface ShardStats {
  readonly stats: StoreStats;
  readonly backlogs: readonly Backlog[];
}

/** What others ask of the object that keeps what is one for all shards. */
export interface SharedObject {
  get(name: string): Promise<Json | undefined>;
  put(name: string, value: Json | undefined, life: number): Promise<void>;
  count(name: string, window: number, amount: number): Promise<number>;
}

export const shardName = (index: number): string => `shard-${index}`;

/** Of `shardName`; `undefined` of any other. */
export function findShardIndex(name: string | undefined): number | undefined {
  const index = /^shard-(\d+)$/.exec(name ?? '')?.[1];
  return index === undefined ? undefined : Number(index);
}

/** @throws {ConfigError} for a name that is not of `shardName` */
export function shardIndexIn(name: string | undefined): number {
  const index = findShardIndex(name);
  if (index !== undefined) return index;
  const words = `The Durable Object "${name ?? ''}" is no shard: ask for one by getByName("${shardName(0)}") and so on`;
  throw new ConfigError([words], () => []);
}

export const SHARED_NAME = 'shared';

/** A shard takes some hundred submissions a second: more shards than this are of use to nobody whom Braze would serve. */
const MOST_SHARDS = 256;

/** As `wrangler.jsonc` names them. */
const DEFAULT_WAKE_UP_QUEUE = 'parley-wake-ups';
const DEFAULT_DEAD_LETTER_QUEUE = 'parley-wake-ups-dead';

/** @throws {ConfigError} with everything that is missing or cannot be read */
export function readBindings(given: WorkerEnv): Bindings {
  const env = given as Readonly<Record<string, unknown>>;
  const problems: string[] = [];
  const texts = textsOf(env, problems);
  const bound = (name: string, method: string, words: string): unknown => {
    const binding = env[name] as Readonly<Record<string, unknown>> | undefined;
    if (typeof binding?.[method] !== 'function') problems.push(`${name}: there is no such binding; ${words}`);
    return binding;
  };
  const shards = bound('SHARDS', 'getByName', objectWords('SHARDS', 'ParleyShard')) as Bindings['shards'];
  const shared = bound('SHARED', 'getByName', objectWords('SHARED', 'ParleyShared')) as Bindings['shared'];
  const wakeUps = bound(
    'WAKE_UPS',
    'send',
    'wrangler.jsonc should have it under queues.producers: {"binding": "WAKE_UPS", "queue": "parley-wake-ups"}',
  ) as WakeQueue;
  const assets = bound(
    'ASSETS',
    'fetch',
    'wrangler.jsonc should have the built widget under assets: {"binding": "ASSETS", "directory": "./dist", "run_worker_first": true}',
  ) as Bindings['assets'];
  const isOther = env['SHARD_COUNT'] !== undefined && texts['SHARD_COUNT'] === undefined;
  const shardCount = isOther ? NaN : readShardCount(texts['SHARD_COUNT'], problems);
  const operatorSecret = texts['OPERATOR_SECRET'];
  if (operatorSecret !== undefined && operatorSecret.length < SHORTEST_OPERATOR_SECRET)
    problems.push(
      `OPERATOR_SECRET: should have ${SHORTEST_OPERATOR_SECRET} characters at least; draw one with "openssl rand -base64 32"`,
    );
  const wakeUpQueue = texts['WAKE_UP_QUEUE'] ?? DEFAULT_WAKE_UP_QUEUE;
  const deadLetterQueue = texts['DEAD_LETTER_QUEUE'] ?? DEFAULT_DEAD_LETTER_QUEUE;
  if (wakeUpQueue === deadLetterQueue)
    problems.push(
      `DEAD_LETTER_QUEUE: "${deadLetterQueue}" should be another queue than WAKE_UP_QUEUE: the one that takes what that has given up`,
    );
  if (problems.length > 0) throw new ConfigError(problems, () => []);
  return { shards, shared, wakeUps, assets, shardCount, wakeUpQueue, deadLetterQueue, operatorSecret, texts };
}

/** It opens what was said to the brand, over the open network. */
const SHORTEST_OPERATOR_SECRET = 32;

const objectWords = (name: string, className: string): string =>
  `wrangler.jsonc should have it under durable_objects.bindings: {"name": "${name}", "class_name": "${className}"}`;

/** There is no default: it is chosen for good, and one that was left out by mistake would be another number. */
function readShardCount(text: string | undefined, problems: string[]): number {
  const count = Number(text);
  if (text !== undefined && /^\d+$/.test(text) && count >= 1 && count <= MOST_SHARDS) return count;
  const found = text === undefined ? 'missing; it' : `"${text}"`;
  problems.push(
    `SHARD_COUNT: ${found} should be a whole number from 1 to ${MOST_SHARDS}, the same as in every deployment before (docs/cloudflare.md, "Shards")`,
  );
  return NaN;
}

/** Variables that are the relay's. A Worker may have whatever else it likes. */
const OURS =
  /^(?:SHARD_COUNT|WAKE_UP_QUEUE|DEAD_LETTER_QUEUE|OPERATOR_SECRET|PARLEY_DEVELOPMENT|SESSION_SECRET(?:_PREVIOUS)?|ENTRY_LINK_KEY|BRAZE_(?:SANDBOX|PROD)_(?:KEY|ENDPOINT))$/;

/** A whole number in wrangler.jsonc is as good as its digits in quotes. What is of another kind is named, and never shown: it may be a secret. */
function textsOf(
  env: Readonly<Record<string, unknown>>,
  problems: string[],
): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (typeof value === 'string') texts[name] = value;
    else if (Number.isSafeInteger(value)) texts[name] = String(value);
    else if (value !== undefined && OURS.test(name))
      problems.push(`${name}: is neither text nor a whole number; wrangler.jsonc should have it in quotes`);
  }
  return texts;
}
