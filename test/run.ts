/** `npm test`: types, lint, Node tests, browser tests. The last lines give the totals. */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { runBrowserTests } from './browser-tests.ts';
import { prepareChromium } from './chromium.ts';
import { runNodeTests } from './node-tests.ts';
import { addTotals, describeTotals } from './totals.ts';

/** One after the other until one fails, each with what it prints once it has ended: others may run beside. */
async function npmRun(...scripts: readonly string[]): Promise<boolean> {
  for (const script of scripts) {
    const isDone = await new Promise<boolean>((resolve) => {
      const options = { maxBuffer: Infinity, shell: process.platform === 'win32' };
      execFile('npm', ['run', '--silent', script], options, (error, out, err) => {
        console.log(`\n> npm run ${script}\n${out}${err}`);
        resolve(error === null);
      });
    });
    if (!isDone) return false;
  }
  return true;
}

/** All that `npm run check` does, and the build. To lint takes as long as the rest. */
async function isReady(): Promise<boolean> {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const others = Object.keys(scripts).filter((name) => name.startsWith('check:') && name !== 'check:lint');
  const lint = npmRun('check:lint');
  const rest = await npmRun(...others, 'build');
  return (await lint) && rest;
}

/** Those of half a minute and more, on two cores: begun last, one of them would run alone at the end. */
const LONGEST = [
  'test/crash/relay-kill.test.ts',
  'test/server/processes.test.ts',
  'test/server/node.test.ts',
  'test/server/published-sample.test.ts',
  'test/journey/welcome.test.ts',
  'test/server/actions/identity.test.ts',
  'test/canary/profile.test.ts',
  'test/journey/inspector.test.ts',
  'test/journey/lifecycle.test.ts',
  'test/journey/identities.test.ts',
  'test/simulation/simulation.test.ts',
  'test/canary/canary.test.ts',
];

function nodeTestFiles(): string[] {
  const elsewhere = ['runtimes', 'package', 'stores'].map((folder) => `test/${folder}/**`);
  const files = globSync('test/**/*.test.ts', { exclude: elsewhere }).sort();
  return [...new Set([...LONGEST.filter((file) => files.includes(file)), ...files])];
}

/** First of all: a run that cannot end well says so at once, in the one sentence that helps. */
function hasChromium(): boolean {
  try {
    prepareChromium();
    return true;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return false;
  }
}

if (!hasChromium() || !(await isReady())) {
  console.error('\nThe tests were not run: mend the above first.\n0 passed, 1 failed');
  process.exitCode = 1;
} else {
  console.log(
    '\n> Node tests and browser tests, beside each other: either waits a third of its time for somebody else',
  );
  const [node, browser] = await Promise.all([runNodeTests(nodeTestFiles()), runBrowserTests()]);
  const totals = addTotals([node, browser]);
  for (const failure of totals.failures) console.log(`\n✖ ${failure}`);
  console.log(
    `\nNode: ${describeTotals(node)}\nBrowser: ${describeTotals(browser)}\nAll: ${describeTotals(totals)}`,
  );
  process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
}
