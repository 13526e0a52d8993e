/** How long to wait before a delivery that failed is tried again. */

/** Milliseconds before the first repeat, at most: a restart behind Braze's load balancer, or a busy second, is over by then. */
const BASE = 1_000;

/** Milliseconds at most: what an outage kept is delivered within minutes of its end, and a long outage is not knocked at for hours. */
const CAP = 300_000;

/**
 * Milliseconds, by "full jitter" (AWS Architecture Blog, "Exponential Backoff And Jitter"): drawn evenly below a bound that doubles,
 * so that what failed together does not come back together.
 * @param attempts how often it was tried, from 1
 */
export function backoffOf(attempts: number, random: () => number): number {
  return Math.round(random() * boundOf(attempts, BASE, CAP));
}

/** `base` at the first attempt, then twice as much each time, up to `cap`. */
export function boundOf(attempts: number, base: number, cap: number): number {
  return Math.min(cap, base * 2 ** Math.max(0, attempts - 1));
}
