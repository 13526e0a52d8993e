/** What goes wrong with processes of `parley serve --processes N`, and what the others and the command make of it. */
import assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { serveRecorder, TAKEN, type BrazeRecorder } from './relay-fixture.ts';
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
    // As an upgrade does.
    rmSync(node);
    process.kill(pidOf(relay, 2), 'SIGKILL');
    await relay.says('"process_ended"', 3);
    assert.deepEqual(
      entriesOf(relay.printed(), 'process_ended').map(({ process, status }) => [process, status]),
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
});
