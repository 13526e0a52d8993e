/** `npm run test:long`: what takes minutes, such as fuzzing with 100,000 cases each. CI runs it after `npm test`. */
import { globSync } from 'node:fs';
import { runNodeTests } from '../node-tests.ts';
import { describeTotals } from '../totals.ts';

/** Milliseconds for one of these: they take a minute or two, so this is a hang. */
const TIMEOUT = 20 * 60_000;

const totals = await runNodeTests(globSync('test/long/*.long.ts').sort(), 2, TIMEOUT);
console.log(`\nLong: ${describeTotals(totals)}`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
