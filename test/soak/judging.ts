/** What a soak came to, and what of it is a fault. */
import { medianOf } from '../median.ts';
import type { RelayUsage } from '../relay/relay-process.ts';

export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Seconds between two kills. */
  readonly killEvery: number;
}

export interface Soaked extends SoakOptions {
  readonly kills: number;
  readonly submissions: number;
  /** As the visitors were told at first. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly corrections: number;
  /** Requests to Braze, by the fault that hit them. */
  readonly requests: Readonly<Record<string, number>>;
  /** Submissions, each with its corrections, whose event is at Braze exactly once. */
  readonly once: number;
  /** There more than once, and counted as in doubt by the relay. */
  readonly inDoubt: number;
  /** All that the relay has counted as in doubt: most of them are there once. */
  readonly countedInDoubt: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly unsettled: readonly string[];
  /** Visitors whose last word is not what Braze has. */
  readonly outOfOrder: readonly string[];
  /** What Braze refused for good, given to it again by the operator when all was calm. */
  readonly deadLetters: number;
  readonly leftInSpool: number;
  /** Seconds from the end of the faults until nothing was left to deliver. */
  readonly drained: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Megabytes of the heap after garbage collection, just before each kill. */
  readonly heap: readonly number[];
  /** `undefined` where there were too few lives to tell. */
  readonly isFlat: boolean | undefined;
}

/** Lives that it takes to compare the first third with the last. */
const ENOUGH_LIVES = 6;

/** Of the heap at the same age: an early life and a late one are the same but for what the store holds. */
const ALLOWED_GROWTH = 1.2;

export function judgeMemory(lives: readonly RelayUsage[]): Pick<Soaked, 'heap' | 'isFlat'> {
  const heap = lives.map((usage) => Math.round(usage.heap / 1e5) / 10);
  const third = Math.floor(heap.length / 3);
  if (heap.length < ENOUGH_LIVES) return { heap, isFlat: undefined };
  const [early, late] = [medianOf(heap.slice(0, third)), medianOf(heap.slice(-third))];
  return { heap, isFlat: late <= early * ALLOWED_GROWTH };
}

/** What is wrong, a line each. */
export function faultsOf(soaked: Soaked): readonly string[] {
  const { lost, doubled, unsettled, outOfOrder, leftInSpool, isFlat, inDoubt, countedInDoubt } = soaked;
  const few = (keys: readonly string[]) => `${keys.length}, such as ${keys.slice(0, 3).join(' and ')}`;
  return [
    ...(lost.length > 0 ? [`lost: ${few(lost)}`] : []),
    ...(doubled.length > 0 ? [`doubled, and not counted as in doubt: ${few(doubled)}`] : []),
    ...(unsettled.length > 0 ? [`without a last word: ${few(unsettled)}`] : []),
    ...(outOfOrder.length > 0 ? [`out of order: ${few(outOfOrder)}`] : []),
    ...(leftInSpool > 0 ? [`left in the spool: ${leftInSpool}`] : []),
    ...(inDoubt > countedInDoubt ? [`in doubt: ${inDoubt}, counted: ${countedInDoubt}`] : []),
    ...(isFlat === false ? [`the heap grows: ${soaked.heap.join(', ')} MB`] : []),
  ];
}
