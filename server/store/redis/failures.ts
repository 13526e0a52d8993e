/** What Redis says went wrong, as an operator is told. Nothing of an address that has a password in it. */
import { StoreError } from '../store.ts';

/** There is a connection, and Redis does not say that it is ready. */
export const NOT_READY = 'not ready yet';

/** There is no connection before Redis says a word: as with one that speaks TLS, or does not. */
const OTHER_PROTOCOL = /^no connection$|ECONNRESET|EPROTO|wrong version number|SSL routines/;

const WORDS: readonly (readonly [start: RegExp, words: string])[] = [
  [/^OOM/, 'has no memory left: give it more (maxmemory), and the relay goes on by itself'],
  [
    /^(WRONGPASS|NOAUTH|ERR invalid password|ERR AUTH)/,
    'does not take the password: look at the user and password in its address',
  ],
  [
    // The second within a script.
    /^(NOPERM|ERR The user executing the script can't)/,
    'does not let this user do it: allow the user all commands on the keys of the store',
  ],
  [
    /^ERR (DB index is out of range|SELECT is not allowed|invalid DB index)/,
    'has no such database: name one that it has, at the end of its address (16 of them, from 0 on, unless it is set otherwise)',
  ],
  [/^MISCONF/, 'cannot write to its disk: make room there, and the relay goes on by itself'],
  [/^READONLY/, 'is a replica that takes no writes: name the primary'],
  [
    /^LAYOUT/,
    'is not the store any more that it was: Redis was emptied, is another one by now, or holds the store of another relay',
  ],
  [/^LOADING/, 'still reads its files: it is there when it has'],
  [
    new RegExp(`^${NOT_READY}`),
    'takes connections and is not ready yet: it still reads its files, and is there when it has; else look what holds it up',
  ],
  [/^NOREPLICAS/, 'misses the replicas that it has to have: look why they are away'],
  [
    /^(CROSSSLOT|MOVED|ASK|ERR Script attempted to access a non local key)/,
    'is a cluster: name a single primary',
  ],
];

/** Redis has answered: it has done nothing, and asked again it says the same. */
export const isAnswer = (error: unknown): boolean => (error as Error | undefined)?.name === 'ReplyError';

/** What is wrong in our code: nothing of it is about the connection. */
export const isMistake = (error: unknown): boolean =>
  [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);

/** Redis takes nothing just now, and where its address leads there may soon be another that does: after a failover, or when it has started. */
export const isElsewhere = (error: unknown): boolean =>
  isAnswer(error) && /^(READONLY|UNBLOCKED|LOADING|MASTERDOWN)/.test((error as Error).message);

/** What Redis holds is no store, or not the one that the caller has opened. Nothing is done. */
export const isOtherLayout = (error: unknown): boolean =>
  error instanceof StoreError && isAnswer(error.cause) && (error.cause as Error).message.startsWith('LAYOUT');

/** Redis has no memory left. Nothing is done. */
export const isFull = (error: unknown): boolean =>
  error instanceof StoreError && isAnswer(error.cause) && (error.cause as Error).message.startsWith('OOM');

/** Nobody need wait for what cannot get better by itself. */
export const isRefusal = (error: unknown): boolean =>
  isAnswer(error) &&
  /^(WRONGPASS|NOAUTH|NOPERM|ERR invalid password|ERR AUTH)/.test((error as Error).message);

/** @param place address without user and password. @returns a `StoreError`, or what it was if it is a mistake of ours */
export function explainRedisFailure(error: unknown, place: string): unknown {
  if (!(error instanceof Error) || error instanceof StoreError || isMistake(error)) return error;
  const words = WORDS.find(([start]) => start.test(error.message))?.[1];
  if (!isAnswer(error) && words === undefined)
    return new StoreError(
      `The store at ${place} does not answer: look whether Redis runs there${OTHER_PROTOCOL.test(error.message) ? ', and whether it speaks TLS (rediss://) or does not (redis://)' : ''} (${error.message})`,
      {
        cause: error,
      },
    );
  return new StoreError(`The store at ${place} ${words ?? 'refused'} (${error.message})`, { cause: error });
}
