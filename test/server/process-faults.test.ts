/** What goes wrong with processes of `parley serve --processes N`, and what the others and the command make of it. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { RELAY_ENV, serveRecorder, TAKEN, type BrazeRecorder } from './relay-fixture.ts';
import { createServedFolder, type ServedFolder } from './served-folder.ts';
import { assertTaken, entriesOf, pidOf, serveProcesses, submitAtOnce } from './served-processes.ts';

describe('a process of several', () => {
  let braze: BrazeRecorder;
  let served: ServedFolder;

  before(async () => (braze = await serveRecorder()));
  after(() => braze.close());
  beforeEach(() => {
    braze.answerWith(TAKEN);
    served = createServedFolder(braze.url);
  });
  afterEach(() => served.remove());

  it('that cannot be started again leaves the others as they are', async () => {
    const node = join(served.path, 'node');
    copyFileSync(process.execPath, node);
    const relay = serveProcesses(served, 2, { node });
    const url = await relay.url;
    await relay.says('"process_started"', 2);
    // Where all of them were away, they come back to the port that was announced.
    for (const number of [1, 2]) process.kill(pidOf(relay, number), 'SIGKILL');
    await relay.says('"process_started"', 4);
    assertTaken(await submitAtOnce(url, 2));
    // As an upgrade does.
    rmSync(node);
    process.kill(pidOf(relay, 2), 'SIGKILL');
    await relay.says('"process_ended"', 5);
    const ended = entriesOf(relay.printed(), 'process_ended').slice(2);
    assert.deepEqual(
      ended.map(({ process, status }) => [process, status]),
      [
        [2, 'SIGKILL'],
        [2, 'ENOENT'],
        [2, 'ENOENT'],
      ],
    );
    assertTaken(await submitAtOnce(url, 2));
    relay.kill('SIGTERM');
    assert.equal((await relay.ended).code, 0);
  });

  /** Runs in each of them, and in the one that has started them, before anything else does. */
  const withHook = (hook: string) => ({
    env: { ...RELAY_ENV, NODE_OPTIONS: `--require ${served.write('hook.cjs', hook)}` },
  });

  for (const [name, signal, ends] of [
    ['by a second signal', 'SIGTERM', { code: null, signal: 'SIGTERM' }],
    ['by a fault of the one that has started it', 'SIGUSR2', { code: 1, signal: null }],
  ] as const) {
    it(`that hangs is ended with the command ${name}`, async () => {
      const hook = `process.on('SIGUSR2', () => { throw new Error('fault'); });`;
      const relay = serveProcesses(served, 2, withHook(hook));
      await relay.says('"process_started"', 2);
      const hung = pidOf(relay, 2);
      process.kill(hung, 'SIGSTOP');
      try {
        relay.kill('SIGTERM');
        await relay.says('"closed"');
        relay.kill(signal);
        const { code, signal: endedBy } = await relay.exited;
        assert.deepEqual({ code, signal: endedBy }, ends);
        assert.ok(await hasEnded(hung));
      } finally {
        if (!(await hasEnded(hung))) process.kill(hung, 'SIGKILL');
      }
    });
  }

  it('that hangs at its start is not waited for at the end', async () => {
    const hook = `
      if (require('node:cluster').worker?.id === 3) {
        require('node:fs').writeSync(1, 'hangs\\n');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      }`;
    const relay = serveProcesses(served, 2, withHook(hook));
    await relay.says('"process_started"', 2);
    process.kill(pidOf(relay, 2), 'SIGKILL');
    await relay.says('hangs');
    relay.kill('SIGTERM');
    const { code, stdout } = await relay.ended;
    assert.equal(code, 0);
    assert.equal(entriesOf(stdout, 'process_ended').length, 1, 'that of the one before');
  });

  it('of another program’s cluster is a relay as ever, and starts none of its own', async () => {
    // What was started is that program, and starts what it was to be.
    const hook = `
      const cluster = require('node:cluster');
      if (cluster.isPrimary) {
        cluster.setupPrimary({ exec: process.argv[1], args: process.argv.splice(2, Infinity, '--version') });
        const worker = cluster.fork().on('exit', (code) => (process.exitCode = code));
        process.on('SIGTERM', () => worker.process.kill('SIGTERM'));
      }`;
    const relay = serveProcesses(served, 1, withHook(hook));
    assertTaken(await submitAtOnce(await relay.url, 1));
    relay.kill('SIGTERM');
    const { code, stdout } = await relay.ended;
    assert.equal(code, 0);
    assert.equal(entriesOf(stdout, 'closed').length, 1);
    const refused = await serveProcesses(served, 2, withHook(hook)).ended;
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^--processes cannot be had here: .*\n$/);
  });
});

/** A process that was killed is there until the system has heard of it: a moment. */
async function hasEnded(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 50; tries += 1) {
    // One that nobody has asked for how it ended is a zombie.
    if (!existsSync(`/proc/${pid}/stat`) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(' Z '))
      return true;
    await setTimeout(20);
  }
  return false;
}
