/**
 * `npm run test:stores`: the conformance suite, and what else is asked of every store, over all of them, and the delivery simulation over
 * each. `redis-server` is installed where it is missing and that is permitted; else what needs it is skipped, and says so.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { runNodeTests } from '../node-tests.ts';
import { STORE_KINDS } from '../simulation/schedule.ts';
import { describeTotals } from '../totals.ts';
import { hasRedisServer } from './redis-server.ts';

const INSTALL = 'apt-get install -y --no-install-recommends redis-server';

/** Worlds of the simulation. */
const SEEDS = 30;

/** As Debian has it. Its own service is not started: each test starts what it needs. */
function installRedis(): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return;
  const [command = '', ...args] = INSTALL.split(' ');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env });
  spawnSync(command, args, { stdio: 'inherit', env });
}

if (!hasRedisServer()) installRedis();
const hasRedis = hasRedisServer();
const files = [
  'test/store/store.test.ts',
  'test/store/agreement.test.ts',
  ...globSync('test/stores/*.test.ts').sort(),
].filter((file) => hasRedis || !file.includes('redis'));
const totals = await runNodeTests(files, 2);
const isDelivered = STORE_KINDS.filter((store) => hasRedis || store !== 'redis')
  .map((store) => {
    console.log(`\n> The delivery simulation over ${store}, ${SEEDS} worlds`);
    const simulation = ['test/simulation/simulate.ts', '--store', store, '--seeds', String(SEEDS)];
    return spawnSync(process.execPath, simulation, { stdio: 'inherit' }).status === 0;
  })
  .every(Boolean);
if (!hasRedis)
  console.error(
    `\n!!! SKIPPED: all that is about Redis. There is no redis-server, and it may not be installed from here. As root: ${INSTALL}`,
  );
console.log(`\nStores: ${describeTotals(totals)}`);
process.exitCode = totals.failed > 0 || totals.passed === 0 || !isDelivered ? 1 : 0;
