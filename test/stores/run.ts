/**
 * `npm run test:stores`: the conformance suite, and what else is asked of every store, over all of them, and the delivery simulation over
 * each. `redis-server` is installed where it is missing and that is permitted; else what needs it is skipped, and says so.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { runNodeTests } from '../node-tests.ts';
import { STORE_KINDS } from '../simulation/schedule.ts';
import { describeTotals } from '../totals.ts';
import { ensureRedisServer, NO_REDIS_SERVER } from './redis-install.ts';

/** Worlds of the simulation. */
const SEEDS = 30;

const hasRedis = ensureRedisServer();
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
if (!hasRedis) console.error(`\n!!! SKIPPED: all that is about Redis. ${NO_REDIS_SERVER}`);
console.log(`\nStores: ${describeTotals(totals)}`);
process.exitCode = totals.failed > 0 || totals.passed === 0 || !isDelivered ? 1 : 0;
