/** Whether nobody waited too long. The machine that measures has no say in it: a slow one may miss a bar, and must not move it. */
import type { Figures } from './measure.ts';

/** Milliseconds beyond the deadline that a relay may take: what comes before the wait and after it. */
export const WORK = 100;

/** Milliseconds beyond the deadline that a visitor may wait: the way to the relay and back too. */
export const WAY = 500;

/** @param deadline in milliseconds, as the relay has it */
export const isAnsweredInTime = ({ relayMs }: Pick<Figures, 'relayMs'>, deadline: number): boolean =>
  relayMs <= deadline + WORK;

/** @param deadline in milliseconds, as the relay has it */
export const isHeardInTime = ({ maxMs }: Pick<Figures, 'maxMs'>, deadline: number): boolean =>
  maxMs <= deadline + WAY;
