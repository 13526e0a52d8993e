/** `npm test`: types, lint, Node tests, browser tests. The last lines give the totals. */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { runBrowserTests } from './browser-tests.ts';
import { findChromium } from './chromium.ts';
import { runNodeTests } from './node-tests.ts';
import { addTotals, describeTotals } from './totals.ts';

function npmRun(script: string): boolean {
  console.log(`\n> npm run ${script}`);
  return (
    spawnSync('npm', ['run', '--silent', script], { stdio: 'inherit', shell: process.platform === 'win32' })
      .status === 0
  );
}

function nodeTestFiles(): string[] {
  return globSync('test/**/*.test.ts', { exclude: ['test/runtimes/**'] }).sort();
}

/** First of all: a run that cannot end well says so at once, in the one sentence that helps. */
function hasChromium(): boolean {
  try {
    process.env['CHROME_PATH'] = findChromium();
    return true;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return false;
  }
}

if (!hasChromium() || !npmRun('check') || !npmRun('build')) {
  console.error('\nThe tests were not run: mend the above first.\n0 passed, 1 failed');
  process.exitCode = 1;
} else {
  console.log('\n> Node tests');
  const node = await runNodeTests(nodeTestFiles());
  console.log('\n> Browser tests');
  const browser = await runBrowserTests();
  const totals = addTotals([node, browser]);
  for (const failure of totals.failures) console.log(`\n✖ ${failure}`);
  console.log(
    `\nNode: ${describeTotals(node)}\nBrowser: ${describeTotals(browser)}\nAll: ${describeTotals(totals)}`,
  );
  process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
}
