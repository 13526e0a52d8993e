import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createGroups } from '../../server/store/sqlite/groups.ts';

class Busy extends Error {}

/** A database that writes down what is asked of it; whoever fails it, and a clock that moves when somebody waits. */
function startGroups(failAt: (step: string) => Error | undefined = () => undefined) {
  let now = 0;
  const steps: string[] = [];
  const take = (step: string) => {
    const failure = failAt(step);
    if (failure) throw failure;
    steps.push(step);
  };
  const groups = createGroups({
    transactions: {
      begin: (isLasting) => take(isLasting ? 'begin lasting' : 'begin'),
      commit: () => take('commit'),
      flush: () => take('flush'),
      rollback: () => undefined,
    },
    isBusy: (error) => error instanceof Busy,
    isCommon: () => false,
    explain: (error) => error,
    time: {
      now: () => now,
      async pause(milliseconds) {
        await nextTurn();
        now += milliseconds;
      },
    },
  });
  return {
    steps,
    now: () => now,
    write: (name: string, isLasting: boolean | ((answer: string) => boolean) = true) =>
      groups.write(() => {
        take(name);
        return name;
      }, isLasting),
  };
}

const outcomesOf = async (asked: readonly Promise<string>[]) =>
  (await Promise.allSettled(asked)).map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : (outcome.reason as Error).message,
  );

describe('a group commit', () => {
  it('runs once what is committed, however long the disk is waited for', async () => {
    let tries = 0;
    const { steps, write } = startGroups((step) =>
      step === 'flush' && (tries += 1) < 5 ? new Busy('busy') : undefined,
    );
    const asked = [write('a', () => true), write('b', () => false), write('c', false)];
    assert.deepEqual(await outcomesOf(asked), ['a', 'b', 'c']);
    assert.deepEqual(steps, ['begin', 'a', 'b', 'c', 'commit', 'flush']);
  });
  it('answers at once those who do not count on the disk', async () => {
    const heard: string[] = [];
    let tries = 0;
    const { write } = startGroups((step) => {
      if (step !== 'flush') return undefined;
      heard.push('flush');
      return (tries += 1) < 3 ? new Busy('busy') : undefined;
    });
    const tell = async (asked: Promise<string>) => heard.push(await asked);
    await Promise.all([tell(write('a', () => true)), tell(write('b', () => false))]);
    assert.deepEqual(heard, ['flush', 'b', 'flush', 'flush', 'a']);
  });
  it('refuses those alone who count on the disk, where that fails', async () => {
    const { steps, write } = startGroups((step) => (step === 'flush' ? new Error('full') : undefined));
    assert.deepEqual(await outcomesOf([write('a', () => true), write('b', () => false)]), ['full', 'b']);
    assert.deepEqual(steps, ['begin', 'a', 'b', 'commit']);
  });
  it('flushes nothing that lasts already', async () => {
    const { steps, write } = startGroups();
    await Promise.all([write('a', () => true), write('b')]);
    assert.deepEqual(steps, ['begin lasting', 'a', 'b', 'commit']);
  });
  it('waits for company in busy times, and longer while nothing is to last', async () => {
    const { write, now } = startGroups();
    const timeOf = async (...asked: readonly Promise<string>[]) => {
      const start = now();
      await Promise.all(asked);
      return now() - start;
    };
    assert.equal(await timeOf(...Array.from({ length: 40 }, () => write('sudden', false))), 0);
    assert.equal(
      await timeOf(
        write('a', false),
        write('b', () => true),
      ),
      10,
    );
    assert.equal(await timeOf(write('a')), 5);
    assert.equal(await timeOf(write('a', false), write('b')), 5);
  });
  it('lets nobody wait longer for another process than two seconds from when it was asked', async () => {
    const { write, now } = startGroups((step) => (step.startsWith('begin') ? new Busy('busy') : undefined));
    const waits: number[] = [];
    const ask = async () => {
      const start = now();
      await assert.rejects(write('a'), Busy);
      waits.push(now() - start);
    };
    // More than one group, and a second of them a second later.
    const first = Array.from({ length: 300 }, ask);
    while (now() < 1_000) await nextTurn();
    await Promise.all([...first, ...Array.from({ length: 300 }, ask)]);
    assert.equal(waits.length, 600);
    assert.ok(Math.min(...waits) >= 2_000, `${Math.min(...waits)}`);
    assert.ok(Math.max(...waits) < 2_040, `${Math.max(...waits)}`);
  });
  it('goes on with those who still may wait, and runs nothing of the others', async () => {
    let isStuck = true;
    const { steps, write, now } = startGroups((step) =>
      step.startsWith('begin') && isStuck ? new Busy('busy') : undefined,
    );
    // More than one group.
    const asked = Array.from({ length: 300 }, () => write('early'));
    const early = outcomesOf(asked);
    asked[0]?.catch(() => (isStuck = false));
    while (now() < 1_000) await nextTurn();
    assert.equal(await write('late'), 'late');
    assert.deepEqual(new Set(await early), new Set(['busy']));
    assert.deepEqual(steps, ['begin lasting', 'late', 'commit']);
  });
});
