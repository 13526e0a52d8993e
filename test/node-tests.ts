/** Runs node:test files, prints what they say, and counts. */
import { relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { COMPILE_CACHE } from './compile-cache.ts';
import { describeFailure, type Totals } from './totals.ts';

/** Milliseconds for one test: a journey takes seconds, so this is a hang. */
const TIMEOUT = 120_000;

/**
 * Milliseconds that a file gets beyond that to end. A test that has timed out may keep the process of its file alive by what it still waits
 * for. Not `--test-force-exit`: it loses what files print at their end.
 */
const GRACE = 60_000;

/** Files at once. On two cores: most of them wait for a browser, a relay or a clock of their own, again and again. */
const CONCURRENCY = 5;

export async function runNodeTests(
  files: readonly string[],
  concurrency = CONCURRENCY,
  timeout = TIMEOUT,
): Promise<Totals> {
  // Each file is a process, and most of them load the same sources.
  process.env['NODE_COMPILE_CACHE'] ??= COMPILE_CACHE;
  const ending = new AbortController();
  const stream = run({ files: [...files], concurrency, timeout, signal: ending.signal });
  // Whatever is left when nothing happens any more is ended, and has failed.
  const silence = setTimeout(() => ending.abort(), timeout + GRACE);
  stream.on('data', () => silence.refresh());
  const failures: string[] = [];
  let totals: Totals = { passed: 0, failed: 0, skipped: 0, failures };
  stream.on('test:fail', ({ name, file, line, details }) => {
    // A suite fails with its tests, which say why.
    const { error } = details;
    if ('failureType' in error && error.failureType === 'subtestsFailed') return;
    failures.push(describeFailure(`${relative('.', file ?? '')}:${line ?? ''}`, name, error));
  });
  stream.on('test:summary', ({ file, counts }) => {
    // One summary comes for each file, and one without a file for all.
    if (file !== undefined) return;
    const { tests, passed, skipped } = counts;
    totals = { passed, failed: tests - passed - skipped - counts.todo, skipped, failures };
  });
  const printed = stream.pipe(new spec());
  printed.pipe(process.stdout, { end: false });
  await new Promise((resolve, reject) => printed.on('end', resolve).on('error', reject));
  clearTimeout(silence);
  return totals;
}
