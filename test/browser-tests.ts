/** Runs the `*.browser.ts` tests in a browser, prints what fails, and counts. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { startTestRunner, summaryReporter, type BrowserLauncher } from '@web/test-runner';
import { chromeLauncher } from '@web/test-runner-chrome';
import { chromiumFlags, findHeadlessShell } from './chromium.ts';
import { describeFailure, describeTotals, type Totals } from './totals.ts';

interface SuiteResult {
  readonly tests: readonly {
    readonly name: string;
    readonly passed: boolean;
    readonly skipped: boolean;
    readonly error?: { readonly message: string; readonly stack?: string };
  }[];
  readonly suites: readonly SuiteResult[];
}

/** Milliseconds for one file, of which the largest has a hundred and fifty tests: a hang. */
const LONGEST_FILE = 300_000;

const chromium = () =>
  chromeLauncher({ launchOptions: { executablePath: findHeadlessShell(), args: chromiumFlags() } });

export async function runBrowserTests(browser: BrowserLauncher = chromium()): Promise<Totals> {
  const runner = await startTestRunner({
    readCliArgs: false,
    readFileConfig: false,
    autoExitProcess: false,
    config: {
      rootDir: fileURLToPath(new URL('..', import.meta.url)),
      files: ['test/**/*.browser.ts'],
      nodeResolve: { exportConditions: ['production'] },
      plugins: [esbuildPlugin({ ts: true, target: 'es2022' })],
      browsers: [browser],
      reporters: [summaryReporter({})],
      testsFinishTimeout: LONGEST_FILE,
      testFramework: { config: { timeout: '20000' } },
    },
  });
  if (!runner) throw new Error('The browser tests could not be started.');
  const passed = await new Promise<boolean>((resolve) => runner.on('finished', resolve));
  const totals = { passed: 0, failed: 0, skipped: 0, failures: [] as string[] };
  for (const { testFile, testResults, errors } of runner.sessions.all()) {
    const where = relative('.', testFile);
    totals.failed += errors.length;
    totals.failures.push(...errors.map((error) => describeFailure(where, 'the file', textOf(error))));
    if (testResults) count(testResults, where, totals);
  }
  // A file that could not be loaded, or an error outside of a test, fails the run with no test to show for it.
  if (!passed && totals.failed === 0) totals.failed = 1;
  await runner.stop();
  return totals;
}

/** Ends a run of nothing but these. */
export function endWith(totals: Totals): void {
  for (const failure of totals.failures) console.log(`\n✖ ${failure}`);
  console.log(`\nBrowser: ${describeTotals(totals)}`);
  process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
}

const textOf = ({ message, stack }: { message: string; stack?: string }) => `${message}\n${stack ?? ''}`;

function count(
  suite: SuiteResult,
  where: string,
  totals: { passed: number; failed: number; skipped: number; failures: string[] },
): void {
  for (const { name, passed, skipped, error } of suite.tests) {
    if (skipped) totals.skipped += 1;
    else if (passed) totals.passed += 1;
    else {
      totals.failed += 1;
      totals.failures.push(describeFailure(where, name, error ? textOf(error) : ''));
    }
  }
  for (const inner of suite.suites) count(inner, where, totals);
}
