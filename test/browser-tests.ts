/** Runs the `*.browser.ts` tests in headless Chromium, prints what fails, and counts. */
import { fileURLToPath } from 'node:url';
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { startTestRunner, summaryReporter } from '@web/test-runner';
import { chromeLauncher } from '@web/test-runner-chrome';
import { chromiumFlags, findChromium } from './chromium.ts';
import type { Totals } from './totals.ts';

interface SuiteResult {
  readonly tests: readonly { readonly passed: boolean; readonly skipped: boolean }[];
  readonly suites: readonly SuiteResult[];
}

export async function runBrowserTests(): Promise<Totals> {
  const runner = await startTestRunner({
    readCliArgs: false,
    readFileConfig: false,
    autoExitProcess: false,
    config: {
      rootDir: fileURLToPath(new URL('..', import.meta.url)),
      files: ['test/**/*.browser.ts'],
      nodeResolve: { exportConditions: ['production'] },
      plugins: [esbuildPlugin({ ts: true, target: 'es2022' })],
      browsers: [
        chromeLauncher({ launchOptions: { executablePath: findChromium(), args: chromiumFlags() } }),
      ],
      reporters: [summaryReporter({})],
      testFramework: { config: { timeout: '20000' } },
    },
  });
  if (!runner) throw new Error('The browser tests could not be started.');
  const passed = await new Promise<boolean>((resolve) => runner.on('finished', resolve));
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const { testResults, errors } of runner.sessions.all()) {
    totals.failed += errors.length;
    if (testResults) count(testResults, totals);
  }
  // A file that could not be loaded, or an error outside of a test, fails the run with no test to show for it.
  if (!passed && totals.failed === 0) totals.failed = 1;
  await runner.stop();
  return totals;
}

function count(suite: SuiteResult, totals: { passed: number; failed: number; skipped: number }): void {
  for (const test of suite.tests) {
    if (test.skipped) totals.skipped += 1;
    else if (test.passed) totals.passed += 1;
    else totals.failed += 1;
  }
  for (const inner of suite.suites) count(inner, totals);
}
