/** What each key of a store in Redis is called. Every key begins with the store's prefix, so that several stores share one database. */
import { createHash } from 'node:crypto';

/** Of what is written. A store of a newer relay is refused. */
export const VERSION = 1;

export type RedisKeys = ReturnType<typeof createRedisKeys>;

/** @param owner whose store it is. Empty where that is not known: then it is anybody's */
export function createRedisKeys(prefix: string, partitions: number, owner = '') {
  const named = (kind: string) => `${prefix}${kind}`;
  return {
    partitions: Array.from({ length: partitions }, (_, index) => index),
    /** The same for a visitor on every machine. */
    partitionOf: (visitor: string): number => sha256(visitor).readUInt32BE() % partitions,
    /** What this store is: its version, its number of partitions, and whose. */
    meta: named('meta'),
    owner,
    /** As `meta` has it. */
    version: String(VERSION),
    /** Of nobody, and there while it is tried what the user may do. */
    probe: (kind: 'string' | 'hash' | 'sorted' | 'set') => named(`probe:${kind}`),
    /** A hash: the lines and all that is kept of a visitor, but for what weighs. */
    visitor: (visitor: string) => named(`visitor:${visitor}`),
    /** A hash: payloads, dead letters and settlements of a visitor. They are read one by one. */
    weights: (visitor: string) => named(`weights:${visitor}`),
    /** By a hash: who reads Redis cannot tell by a tombstone whose profile at Braze it was. */
    tombstone: (visitor: string) => named(`tombstone:${sha256(visitor).toString('hex')}`),
    value: (name: string) => named(`value:${name}`),
    commit: (id: string) => named(`commit:${id}`),
    count: named('count:'),
    /** A sorted set of keys of work, in the order in which it died. */
    letters: named('letters'),
    /** What is unsettled, by environment. */
    shares: named('shares'),
    totals: named('totals'),
    environments: named('environments'),
    /** Sorted sets of visitors, for the first of each line: by when it is anybody's, and by since when it waits. */
    due: (partition: number, environment: string) => named(`due:${partition}:${environment}`),
    waiting: (partition: number, environment: string) => named(`waiting:${partition}:${environment}`),
    /** A sorted set of keys: what is promised, by since when it waits. */
    promised: (partition: number) => named(`promised:${partition}`),
    /** Who reads what is due of a partition. */
    lease: (partition: number) => named(`lease:${partition}`),
    /** Sorted sets by when it is due: of names, keys and visitors. */
    provisional: (environment: string) => named(`provisional:${environment}`),
    deferred: (environment: string) => named(`deferred:${environment}`),
    erasures: (environment: string) => named(`erasures:${environment}`),
    /** A sorted set of names, by when the mark is over. */
    marks: named('marks'),
    /** There for a while after Redis was asked to write its file anew. */
    rewriting: named('rewriting'),
    /** A sorted set of the days on which something was counted, by when each is forgotten. */
    days: named('days'),
    /** A hash: what was counted on a day. */
    day: (day: string) => named(`day:${day}`),
  };
}

/** Of a key of work, or of a name of what is kept provisionally: what stands before the first slash, or all of it. */
export function visitorIn(name: string): string {
  const end = name.indexOf('/');
  return end < 0 ? name : name.slice(0, end);
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
