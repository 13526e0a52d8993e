/** `npm run test:runtimes`: the relay's suite on Node and on workerd. Installs the runtimes first, once. */
import { runNodeTests } from '../node-tests.ts';
import { describeTotals } from '../totals.ts';
import { prepareRuntimes } from './prepare.ts';

prepareRuntimes();
const totals = await runNodeTests([
  'test/server/relay.test.ts',
  'test/runtimes/workerd.test.ts',
  'test/runtimes/shards.test.ts',
  'test/runtimes/wrangler.test.ts',
]);
console.log(`\nRuntimes: ${describeTotals(totals)}`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
