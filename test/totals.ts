/** What a run of tests came to. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What each that failed says, for the end of the output: a log of CI may keep no more than that. */
  readonly failures: readonly string[];
}

/** Characters of one failure: a comparison of two large values is as long as they are. */
const LONGEST_FAILURE = 3_000;

export function describeFailure(where: string, test: string, error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const words = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return `${where}: ${test}\n${words.slice(0, LONGEST_FAILURE)}`;
}

export function addTotals(all: readonly Totals[]): Totals {
  return all.reduce(
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      skipped: sum.skipped + one.skipped,
      failures: [...sum.failures, ...one.failures],
    }),
    { passed: 0, failed: 0, skipped: 0, failures: [] },
  );
}

/** The closing line, e.g. `312 passed, 0 failed`. */
export function describeTotals({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
