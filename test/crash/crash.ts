/**
 * `npm run test:crash`: kills Chromium 50 times and the relay 50 times, or each `--kills N` times, with `--seed N`; with `--json` the
 * figures as the last line. It fails where something that a visitor saw accepted is lost, or is doubled and not counted as in doubt.
 *
 * With `--store sqlite` or `redis` and `--processes N` it kills processes of `parley serve --processes N` instead, one or all, `--kills N` times,
 * under `--visitors N` that need no browser.
 */
import { parseArgs } from 'node:util';
import { readStoreName } from '../relay/shared-store.ts';
import { hasServerOf } from '../stores/redis-install.ts';
import { crash } from './browser-run.ts';
import { runProcesses } from './processes.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    store: { type: 'string' },
    processes: { type: 'string' },
    visitors: { type: 'string', default: '40' },
  },
});

const isAllWell =
  values.store === undefined && values.processes === undefined ? await killBrowsers() : await killProcesses();
if (!isAllWell) process.exitCode = 1;

async function killProcesses(): Promise<boolean> {
  const { store: name = 'sqlite', processes = '3', visitors, kills, seed, json } = values;
  const store = readStoreName(name);
  if (!hasServerOf(store)) return false;
  return runProcesses(
    {
      store,
      processes: Number(processes),
      visitors: Number(visitors),
      kills: Number(kills),
      seed: Number(seed),
    },
    json,
  );
}

async function killBrowsers(): Promise<boolean> {
  const each = Number(values.kills);
  const { submissions, lost, doubled, inDoubt, visitors } = await crash({
    kills: each,
    seed: Number(values.seed),
  });
  const figures = {
    kills: 2 * each,
    submissions,
    lost: lost.length,
    doubled: doubled.length,
    inDoubt: inDoubt.length,
  };
  console.log(`${each} kills of Chromium and ${each} of the relay, seed ${values.seed}`);
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(12)} ${value}`);
  const faults = [
    ...lost.map((word) => `lost: ${word}`),
    ...doubled.map((word) => `doubled, and not counted as in doubt: ${word}`),
    ...(visitors.length > 1 ? [`one visitor became ${visitors.length}: ${visitors.join(', ')}`] : []),
  ];
  for (const fault of faults) console.log(`FAULT ${fault}`);
  console.log(faults.length === 0 ? 'All is accounted for.' : `${faults.length} faults; seed ${values.seed}`);
  if (values.json) console.log(JSON.stringify(figures));
  return faults.length === 0;
}
