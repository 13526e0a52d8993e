/** `npm run test:runtimes`: the relay's suite on every runtime, and what a process of it does. Installs the runtimes first, once. */
import { runNodeTests } from '../node-tests.ts';
import { addTotals, describeTotals } from '../totals.ts';
import { prepareRuntimes } from './prepare.ts';

/** The files of each. */
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  Node: ['test/server/relay.test.ts', 'test/runtimes/node.test.ts'],
  workerd: [
    'test/runtimes/workerd.test.ts',
    'test/runtimes/shards.test.ts',
    'test/runtimes/wrangler.test.ts',
  ],
  Deno: ['test/runtimes/deno.test.ts'],
  Bun: ['test/runtimes/bun.test.ts'],
};

prepareRuntimes();
const lines: string[] = [];
let all = addTotals([]);
for (const [runtime, files] of Object.entries(RUNTIMES)) {
  const totals = await runNodeTests(files);
  lines.push(`${runtime}: ${describeTotals(totals)}`);
  all = addTotals([all, totals]);
}
for (const failure of all.failures) console.log(`\n✖ ${failure}`);
console.log(`\n${lines.join('\n')}\nRuntimes: ${describeTotals(all)}`);
process.exitCode = all.failed > 0 || all.passed === 0 ? 1 : 0;
