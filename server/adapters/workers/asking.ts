/** How the Worker in front asks its shards: one that cannot be asked is in the log, and hides no other. */
import { adviceOf } from '../../log-fields.ts';
import type { Ports } from '../../ports.ts';
import { StoreError } from '../../store/store.ts';
import { shardName, type Bindings, type ShardObject } from './bindings.ts';

/** Both in the order of the shards. */
export interface Asked<T> {
  readonly answers: readonly { readonly shard: number; readonly answer: T }[];
  /** Shards that could not be asked. */
  readonly unreached: readonly number[];
}

/** Never rejects. */
export type AskAll = <T>(ask: (shard: ShardObject) => Promise<T>) => Promise<Asked<T>>;

export interface Asking {
  readonly shardAt: (index: number) => ShardObject;
  readonly askAll: AskAll;
  /** One of them could not be asked. */
  readonly failed: (shard: number, cause: unknown, request?: string) => void;
}

export function createAsking(
  { shards, shardCount }: Pick<Bindings, 'shards' | 'shardCount'>,
  { log }: Pick<Ports, 'log'>,
): Asking {
  const all = Array.from({ length: shardCount }, (_, index) => index);
  const shardAt = (index: number) => shards.getByName(shardName(index));
  const failed = (shard: number, cause: unknown, request?: string) =>
    log({ level: 'error', event: 'shard_failed', shard, advice: adviceOf(cause), request });
  return {
    shardAt,
    failed,
    async askAll(ask) {
      const asked = await Promise.all(
        all.map(async (shard) => {
          try {
            return { shard, answer: await ask(shardAt(shard)) };
          } catch (cause) {
            failed(shard, cause);
            return shard;
          }
        }),
      );
      return {
        answers: asked.filter((each) => typeof each !== 'number'),
        unreached: asked.filter((each) => typeof each === 'number'),
      };
    },
  };
}

/** Of what says nothing unless it is whole. @throws {StoreError} naming the shards that could not be asked */
export function wholeOf<T>({ answers, unreached }: Asked<T>): readonly T[] {
  if (unreached.length > 0) throw new StoreError(unreachedWords(unreached));
  return answers.map(({ answer }) => answer);
}

export const unreachedWords = (shards: readonly number[]): string =>
  `Shards that could not be asked: ${shards.join(', ')}.`;
