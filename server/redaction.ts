/** The net below all that keeps secrets out of the log: where one comes all the same, it is masked. */
import type { LogEntry } from './log-fields.ts';
import type { Ports } from './ports.ts';
import { SHORTEST_SECRET } from './secrets.ts';

/** What stands in place of a secret. */
const MASK = '[secret]';

/** @param secrets asked for each text: a key may be replaced @returns the text with each of them masked, also as it stands in a URL */
export function createRedaction(secrets: () => readonly string[]): (text: string) => string {
  return (text) =>
    secrets().reduce((left, secret) => {
      if (secret.length < SHORTEST_SECRET) return left;
      return left.replaceAll(secret, MASK).replaceAll(encodeURIComponent(secret), MASK);
    }, text);
}

/** A log in whose details no secret stands. */
export function redactLog(log: Ports['log'], redact: (text: string) => string): Ports['log'] {
  return (entry) =>
    log(
      Object.fromEntries(
        Object.entries(entry).map(([name, value]) => [
          name,
          typeof value === 'string' ? redact(value) : value,
        ]),
      ) as unknown as LogEntry,
    );
}
