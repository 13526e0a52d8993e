/**
 * The browser's storage: one database for all tabs. A transaction runs at one step on what is there, and is committed at a later one;
 * what dies in between has written nothing. One transaction is under way at a time.
 */
import type { Key, Records, Transact } from '../../widget/outbox/records.ts';
import type { Chance } from './chance.ts';
import type { Life } from './life.ts';
import type { Timeline } from './timeline.ts';

/** What a transaction has changed: by key, `undefined` for what it deleted. */
export type Written = ReadonlyMap<string, unknown>;

export interface Storage {
  /** As a tab opens it. */
  readonly open: (life: Life) => Promise<Transact>;
  /** The user clears the site's data. */
  readonly clear: () => void;
  readonly entries: () => readonly (readonly [Key, unknown])[];
  /** Connections that are open now fail from now on. */
  readonly breakHandles: (life: Life) => void;
  /** A tab has thawed: it may have something to write. */
  readonly stir: () => void;
  /** A tab is dead: what it has under way never happened. */
  readonly bury: (life: Life) => void;
  /** What tabs meet there. */
  readonly trouble: { isFull: boolean; isBroken: boolean; isSlow: boolean };
}

export interface StorageOptions {
  readonly timeline: Timeline;
  readonly chance: Chance;
  /** Hears of each commit, before its tab does. */
  readonly committed: (life: Life, written: Written) => void;
  /** Hears of each fault that a tab meets. */
  readonly failed: (kind: string) => void;
  /** A tab's transaction is about to be committed, or has just been. */
  readonly passing: (life: Life, moment: 'before' | 'after') => void;
}

interface Job {
  readonly life: Life;
  readonly handle: { isBroken: boolean };
  readonly run: (records: Records) => Promise<unknown>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export function createStorage({ timeline, chance, ...told }: StorageOptions): Storage {
  let values = new Map<string, unknown>();
  let jobs: Job[] = [];
  let current: Job | undefined;
  const handles = new Map<Life, { isBroken: boolean }[]>();
  const trouble = { isFull: false, isBroken: false, isSlow: false };

  /** Milliseconds. Now and then a disk is busy with something else. */
  const latency = () => {
    if (trouble.isSlow) return chance.between(50, 1_500);
    return chance.oneIn(20) ? chance.between(20, 200) : chance.between(0, 3);
  };

  const fail = (job: Job, name: string) => {
    told.failed(name);
    job.life.reach(() => job.reject(new DOMException(`The world says ${name}`, name)));
    goOn(job);
  };

  const goOn = (job: Job) => {
    if (current === job) current = undefined;
    pump();
  };

  const pump = () => {
    if (current) return;
    const job = jobs.find(({ life }) => !life.isFrozen);
    if (!job) return;
    jobs = jobs.filter((each) => each !== job);
    current = job;
    timeline.after(latency(), () => void start(job));
  };

  const start = async (job: Job): Promise<void> => {
    if (job.handle.isBroken) {
      fail(job, 'InvalidStateError');
      return;
    }
    if (trouble.isBroken) {
      fail(job, 'UnknownError');
      return;
    }
    const written = new Map<string, unknown>();
    const after = new Map(values);
    try {
      const answer = await job.run(recordsIn(after, written));
      timeline.after(latency(), () => commit(job, after, written, answer));
    } catch (error) {
      job.life.reach(() => job.reject(error));
      goOn(job);
    }
  };

  const commit = (job: Job, after: Map<string, unknown>, written: Written, answer: unknown) => {
    if (current !== job) return;
    told.passing(job.life, 'before');
    if (job.life.isDead) return;
    if (job.handle.isBroken) {
      fail(job, 'InvalidStateError');
      return;
    }
    if (trouble.isFull && sizeOf(after) > sizeOf(values)) {
      fail(job, 'QuotaExceededError');
      return;
    }
    values = after;
    if (written.size > 0) told.committed(job.life, written);
    told.passing(job.life, 'after');
    job.life.reach(() => job.resolve(answer));
    goOn(job);
  };

  return {
    trouble,
    async open(life) {
      await life.pause(latency());
      if (trouble.isBroken) {
        told.failed('UnknownError');
        throw new DOMException('The world lets nobody in', 'UnknownError');
      }
      const handle = { isBroken: false };
      handles.set(life, [...(handles.get(life) ?? []), handle]);
      return (_, run) =>
        new Promise((resolve, reject) => {
          if (life.isDead) return;
          jobs.push({ life, handle, run, resolve: resolve as Job['resolve'], reject });
          pump();
        });
    },
    clear() {
      values = new Map();
    },
    entries: () => sorted(values),
    stir: () => pump(),
    breakHandles(life) {
      for (const handle of handles.get(life) ?? []) handle.isBroken = true;
    },
    bury(life) {
      jobs = jobs.filter((job) => job.life !== life);
      if (current?.life === life) goOn(current);
    },
  };
}

function sizeOf(values: ReadonlyMap<string, unknown>): number {
  let size = 0;
  for (const [key, value] of values) size += key.length + JSON.stringify(value).length;
  return size;
}

function recordsIn(values: Map<string, unknown>, written: Map<string, unknown>): Records {
  const change = (key: Key, value: unknown) => {
    const text = JSON.stringify(key);
    const copy = structuredClone(value);
    if (value === undefined) values.delete(text);
    else values.set(text, copy);
    written.set(text, copy);
  };
  return {
    get: async (key) => structuredClone(values.get(JSON.stringify(key))),
    list: async (kind, limit) =>
      sorted(values)
        .filter(([key]) => key[0] === kind)
        .slice(0, limit)
        .map(([, value]) => structuredClone(value)),
    put: (value, key) => change(key, value),
    delete: (key) => change(key, undefined),
    clear: () => sorted(values).forEach(([key]) => change(key, undefined)),
  };
}

const sorted = (values: ReadonlyMap<string, unknown>): (readonly [Key, unknown])[] =>
  [...values]
    .map(([text, value]) => [JSON.parse(text) as Key, value] as const)
    .sort(([one], [other]) => compareKeys(one, other));

/** As IndexedDB sorts (section 2.4, "compare two keys"): numbers, then texts, then lists part by part. */
function compareKeys(one: unknown, other: unknown): number {
  if (Array.isArray(one) && Array.isArray(other)) {
    for (let index = 0; index < Math.min(one.length, other.length); index += 1) {
      const order = compareKeys(one[index], other[index]);
      if (order !== 0) return order;
    }
    return one.length - other.length;
  }
  const rank = (key: unknown) => (Array.isArray(key) ? 3 : typeof key === 'string' ? 2 : 1);
  if (rank(one) !== rank(other)) return rank(one) - rank(other);
  return (one as number) < (other as number) ? -1 : Number((one as number) > (other as number));
}
