/** A submission that this process holds: its work, and what has happened to it here. */
import { sizeOf } from '../braze/payload.ts';
import type { Batchable } from '../braze/batcher.ts';
import type { Delivered } from './delivery.ts';
import type { Work } from './work.ts';

export interface Item extends Batchable {
  /** What is left of it. */
  work: Work;
  size: Batchable['size'];
  attempts: number;
  /** Braze may have processed it already. */
  isInDoubt: boolean;
  /** The visitor has been told `queued`: its last word reaches nobody. */
  isPromised: boolean;
  isAwaited: boolean;
  goesAlone: boolean;
  /** Its last word is being written down. */
  isSettling: boolean;
  /** It has had its last word, or is in the spool: it is not this process's any more. */
  isGone: boolean;
  /** When it was last put to those that wait: milliseconds since 1970. */
  readonly since: number;
  /** What the visitor is told. */
  readonly told: Promise<Delivered>;
  /** Only the first word counts. */
  readonly tell: (delivered: Delivered) => void;
}

interface Origin {
  readonly work: Work;
  readonly attempts: number;
  readonly isInDoubt: boolean;
  readonly isPromised: boolean;
}

export function createItem({ work, attempts, isInDoubt, isPromised }: Origin, now: number): Item {
  let tell: Item['tell'] = () => undefined;
  const told = new Promise<Delivered>((resolve) => (tell = resolve));
  return {
    key: work.key,
    visitor: work.visitor,
    ...(work.corrects !== undefined && { corrects: work.corrects }),
    size: sizeOf(work.share),
    work,
    attempts,
    isInDoubt,
    isPromised,
    isAwaited: !isPromised,
    goesAlone: false,
    isSettling: false,
    isGone: false,
    since: now,
    told,
    tell,
  };
}

/** The receipt of a submission that is kept safely and delivered later. */
export function queued({ id, routes }: Work): Delivered {
  return { type: 'settled', receipt: { id, outcome: 'queued', next: routes.queued } };
}
