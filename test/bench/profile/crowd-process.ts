/** The visitors, as a process of their own: each comes when it is time, whatever became of those before. */
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { answerParent } from '../../relay/child.ts';
import { customerOf } from './customers.ts';

export interface Crowd {
  /** Of the readers: whoever comes again comes to the same. */
  readonly urls: readonly string[];
  readonly people: number;
  /** Milliseconds within which they come, evenly. */
  readonly within: number;
  /** Every so many comes again, on another page. */
  readonly again: { readonly every: number; readonly after: number };
}

export interface Waits {
  /** Milliseconds, of each answer. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly answers: number;
}

/** Of each reader: more wait at once only where it fails. */
const CONNECTIONS = 2_000;

answerParent({
  come: async ({ urls, people, within, again }: Crowd): Promise<Waits> => {
    const pools = urls.map((url) => new Pool(url, { connections: CONNECTIONS, pipelining: 1 }));
    const waits: number[] = [];
    const open = async (number: number): Promise<void> => {
      const before = performance.now();
      await read(pools[number % pools.length] as Pool, number);
      waits.push(performance.now() - before);
    };
    const visit = async (number: number): Promise<void> => {
      await open(number);
      if (number % again.every !== 0) return;
      await pause(again.after);
      await open(number);
    };
    const start = performance.now();
    const visits: Promise<void>[] = [];
    while (visits.length < people) {
      const due = Math.min(people, Math.floor(((performance.now() - start) / within) * people));
      while (visits.length < due) visits.push(visit(visits.length));
      await pause(1);
    }
    await Promise.all(visits);
    await Promise.all(pools.map((pool) => pool.close()));
    waits.sort((one, other) => one - other);
    const at = (share: number) => waits[Math.floor(share * (waits.length - 1))] ?? NaN;
    return { p50: at(0.5), p99: at(0.99), max: at(1), answers: waits.length };
  },
});

/** Until a branch comes to it, the reader itself is asked. */
async function read(pool: Pool, number: number): Promise<void> {
  const { body } = await pool.request({
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ externalId: customerOf(number) }),
  });
  await body.dump();
}
