/** What the log says of a submission that has its last word. */
import type { LogEntry } from '../log-fields.ts';
import type { Settlement, Work } from './work.ts';

/** @param reason why it is dead, if it is */
export function settledEntry(
  { id, environment, trace }: Work,
  { receipt: { outcome }, isInDoubt }: Settlement,
  reason: string | undefined,
): LogEntry {
  return {
    level: outcome === 'success' ? 'info' : 'warn',
    event: 'submission_settled',
    submission: id,
    environment,
    outcome,
    ...(isInDoubt && { in_doubt: true }),
    ...(reason !== undefined && { dead_letter: reason }),
    ...(trace !== undefined && { trace }),
  };
}
