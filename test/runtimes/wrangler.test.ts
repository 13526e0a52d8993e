import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { it } from 'node:test';
import { parse } from 'jsonc-parser';
import type { ParleyShard, ParleyShared } from '../../demo/worker/worker.ts';

const WRANGLER = fileURLToPath(new URL('./node_modules/wrangler/bin/wrangler.js', import.meta.url));

/** Bytes, compressed, of a Worker on the free plan (https://developers.cloudflare.com/workers/platform/limits/). */
const LARGEST = 3 * 1024 * 1024;

it('wrangler would deploy what wrangler.jsonc says, and it is small enough', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-wrangler-'));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [WRANGLER, 'deploy', '--dry-run', '--outdir', folder],
    { encoding: 'utf8', env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1' } },
  );
  rmSync(folder, { recursive: true });
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /warning/i);
  for (const binding of ['SHARDS (ParleyShard)', 'SHARED (ParleyShared)', 'WAKE_UPS', 'ASSETS'])
    assert.ok(stdout.includes(`env.${binding}`), stdout);
  const kilobytes = Number(/gzip: ([0-9.]+) KiB/.exec(stdout)?.[1]);
  assert.ok(kilobytes * 1024 < LARGEST, stdout);
});

it('the objects are classes of the Worker, and types, for wrangler types names them as such', () => {
  const methods = { ParleyShard: 'alarm', ParleyShared: 'alarm' } as const satisfies {
    readonly ParleyShard: keyof ParleyShard;
    readonly ParleyShared: keyof ParleyShared;
  };
  const { migrations } = parse(readFileSync('wrangler.jsonc', 'utf8')) as {
    migrations: readonly [{ new_sqlite_classes: readonly string[] }];
  };
  assert.deepEqual(migrations[0].new_sqlite_classes, Object.keys(methods));
});

it('the queue that takes what was given up is the one that the Worker takes for it', () => {
  const { vars, queues } = parse(readFileSync('wrangler.jsonc', 'utf8')) as {
    vars: { WAKE_UP_QUEUE: string; DEAD_LETTER_QUEUE: string };
    queues: { consumers: readonly { queue: string; dead_letter_queue?: string }[] };
  };
  const [wakeUps, dead] = queues.consumers;
  assert.equal(wakeUps?.queue, vars.WAKE_UP_QUEUE);
  assert.equal(wakeUps.dead_letter_queue, vars.DEAD_LETTER_QUEUE);
  assert.equal(dead?.queue, vars.DEAD_LETTER_QUEUE);
});
