/** What runs over Redis where there is no redis-server and none can be had. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';

// Neither redis-server nor what would install it.
const nothing = mkdtempSync(join(tmpdir(), 'parley-no-programs-'));
after(() => rmSync(nothing, { recursive: true }));

for (const script of ['test/crash/crash.ts', 'test/bench/relay.ts'])
  it(`${script} --store redis fails, and says loudly what would be right`, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--store', 'redis'], {
      env: { PATH: nothing },
      encoding: 'utf8',
    });
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /^\n!!! NOT RUN: --store redis\. .*As root: apt-get install .*redis-server\n$/);
  });
