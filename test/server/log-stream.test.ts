/** Where the log goes when its disk is full, or nobody reads its pipe. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLogStream } from '../../server/adapters/log-stream.ts';

const MEGABYTE = 1024 * 1024;

/** An output that takes as much as it is told to, or fails. */
function createWorld() {
  let written = '';
  let takes = Infinity;
  let code: string | undefined;
  const calls: (() => void)[] = [];
  const timers: { callback: () => void; milliseconds: number }[] = [];
  const take = (bytes: Uint8Array): number => {
    if (code !== undefined) throw Object.assign(new Error(code), { code });
    const taken = bytes.subarray(0, takes);
    written += Buffer.from(taken).toString();
    return taken.byteLength;
  };
  const stream = createLogStream({
    write: (bytes, done) =>
      calls.push(() => {
        let count: number;
        try {
          count = take(bytes);
        } catch (error) {
          done(error as Error, 0);
          return;
        }
        done(null, count);
      }),
    writeAtOnce: take,
    later: (callback, milliseconds) => timers.push({ callback, milliseconds }),
  });
  /** Until nothing is under way. */
  const run = () => {
    for (let next = calls.shift(); next; next = calls.shift()) next();
  };
  return {
    stream,
    run,
    written: () => written,
    failWith: (given: string | undefined) => (code = given),
    takeAtOnce: (bytes: number) => (takes = bytes),
    timers,
    /** The next try. */
    retry: () => {
      timers.shift()?.callback();
      run();
    },
  };
}

describe('the stream of the log', () => {
  it('writes lines in their order, those that wait together', () => {
    const { stream, run, written } = createWorld();
    for (const line of ['one\n', 'two\n', 'three\n']) stream.write(line);
    run();
    stream.write('four\n');
    run();
    assert.equal(written(), 'one\ntwo\nthree\nfour\n');
  });

  it('goes on where an output took a part of a line, of a character even', () => {
    const { stream, run, written, takeAtOnce } = createWorld();
    takeAtOnce(1);
    stream.write('é\n');
    stream.write('two\n');
    run();
    assert.equal(Buffer.byteLength(written().replaceAll('\ufffd', 'x')), 'xx\ntwo\n'.length);
    takeAtOnce(Infinity);
    stream.write('three\n');
    run();
    assert.ok(written().endsWith('two\nthree\n'));
  });

  for (const [code, name, wait] of [
    ['ENOSPC', 'a full disk', 500],
    ['EIO', 'a broken disk', 500],
    ['EPIPE', 'a pipe whose reader is gone', 500],
    ['EAGAIN', 'a pipe that is full', 10],
  ] as const) {
    it(`keeps what ${name} does not take, and tries again`, () => {
      const { stream, run, written, failWith, timers, retry } = createWorld();
      failWith(code);
      stream.write('one\n');
      run();
      stream.write('two\n');
      run();
      assert.deepEqual(
        timers.map(({ milliseconds }) => milliseconds),
        [wait],
      );
      retry();
      failWith(undefined);
      retry();
      assert.deepEqual([written(), timers.length, stream.dropped()], ['one\ntwo\n', 0, 0]);
      stream.write('three\n');
      run();
      assert.equal(written(), 'one\ntwo\nthree\n');
    });
  }

  it('drops what is too much to be kept, counts it, and says so when lines are written again', () => {
    const { stream, run, written, failWith, retry } = createWorld();
    const told: number[] = [];
    stream.onResumed((dropped) => {
      told.push(dropped);
      stream.write(`dropped ${dropped}\n`);
    });
    failWith('ENOSPC');
    const line = `${'x'.repeat(1023)}\n`;
    for (let count = 0; count < 1024 + 5; count += 1) stream.write(line);
    run();
    assert.deepEqual([stream.dropped(), told], [5, []]);
    failWith(undefined);
    retry();
    assert.deepEqual([told, written().length], [[5], MEGABYTE + 'dropped 5\n'.length]);
    assert.ok(written().endsWith('x\ndropped 5\n'));
    stream.write(line);
    run();
    assert.deepEqual([told, stream.dropped()], [[5], 5]);
  });

  it('writes at the end what waits, and gives up what cannot be written', () => {
    const { stream, run, written, failWith } = createWorld();
    failWith('ENOSPC');
    stream.write('one\n');
    run();
    stream.flush();
    assert.equal(written(), '');
    failWith(undefined);
    stream.flush();
    assert.equal(written(), 'one\n');
  });
});
