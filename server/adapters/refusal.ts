/** Answers what is no request, and says of it what the log and the metrics say of each request. */
import type { Ports } from '../ports.ts';
import { bareProblem } from '../problem.ts';

/** Entries of one status in a window. It counts for nobody, so without a bound one connection would write thousands a second; these are some 8 MB a day. */
const MOST = 30;

/** Milliseconds. */
const WINDOW = 60_000;

export function createRefusal({
  clock,
  createId,
  log,
  metrics,
}: Pick<Ports, 'clock' | 'createId' | 'log' | 'metrics'>): (status: number, detail: string) => Response {
  /** When the window of a status began, and how many came in it. */
  const windows = new Map<number, { readonly began: number; count: number }>();

  const countOf = (status: number): number => {
    const now = clock();
    let window = windows.get(status);
    // A clock may be set back.
    if (window === undefined || Math.abs(now - window.began) >= WINDOW) {
      window = { began: now, count: 0 };
      windows.set(status, window);
    }
    return (window.count += 1);
  };

  return (status, detail) => {
    const request = createId();
    const [method, route] = ['other', '*'];
    metrics.served(route, method, status, 0);
    const count = countOf(status);
    const level = status < 500 ? 'info' : 'warn';
    if (count <= MOST) log({ level, event: 'request', method, route, status, milliseconds: 0, request });
    if (count === MOST + 1) log({ level: 'warn', event: 'requests_omitted', method, route, status });
    return bareProblem(status, detail, request);
  };
}
