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
  /** That the visitor is told `queued` is on disk: its last word reaches nobody. */
  isPromised: boolean;
  /** The visitor has waited long enough, and is told so when it is on disk. */
  isGivenUp: boolean;
  isAwaited: boolean;
  goesAlone: boolean;
  /** Its last word is being written down. */
  isSettling: boolean;
  /** How often it stood behind what another process has under way. */
  pauses: number;
  /** It has had its last word, or is in the spool: it is not this process's any more. */
  isGone: boolean;
  /** Its visitor was erased while it was under way: what becomes of it is written down nowhere. */
  isErased: boolean;
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
    size: isOwnRequest(work) ? OWN_SIZE : sizeOf(work.share),
    work,
    attempts,
    isInDoubt,
    isPromised,
    isGivenUp: isPromised,
    isAwaited: !isPromised,
    goesAlone: isOwnRequest(work) || goesAloneAfter(attempts),
    isSettling: false,
    pauses: 0,
    isGone: false,
    isErased: false,
    since: now,
    told,
    tell,
  };
}

const isOwnRequest = ({ join, call }: Work): boolean => (join ?? call) !== undefined;

/** It carries no object, and yet needs a request: one of its own. */
const OWN_SIZE = { attributes: 1, events: 0, bytes: 0 };

/** Attempts after which a submission goes alone: it may be what makes Braze fail. */
const ATTEMPTS_IN_COMPANY = 4;

export function goesAloneAfter(attempts: number): boolean {
  return attempts > ATTEMPTS_IN_COMPANY;
}

/** The receipt of a submission that is kept safely and delivered later. */
export function queued({ id, routes }: Work): Delivered {
  return { type: 'settled', receipt: { id, outcome: 'queued', next: routes.queued } };
}

/** Of a submission whose visitor is erased: its browser is to keep it no longer, either. */
export function erased({ id, routes }: Work): Delivered {
  return { type: 'settled', receipt: { id, outcome: 'error', next: routes.error } };
}
