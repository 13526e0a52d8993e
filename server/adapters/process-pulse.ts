/** Whether a process still hears what it is told. */
import type { Ports } from '../ports.ts';
import type { StartedProcess } from './process-keeper.ts';

export interface PulseOptions {
  readonly setTimer: Ports['setTimer'];
  /** Hears after each question whether there was no answer in time. */
  readonly found: (isSilent: boolean) => void;
  /** Hears that it hangs: nothing more is asked. */
  readonly hung: () => void;
}

/** Milliseconds between an answer and the next question: who has to know that a process is silent knows it before the next scrape. */
const BETWEEN = 1_000;

/**
 * Questions in a row without an answer, each of which has 3 s (`process-cluster.ts`): half a minute, which no collection of garbage and no
 * write to a slow disk takes. They are counted, and not the time: where the whole machine stands still, nobody is silent.
 */
const MOST_MISSED = 8;

/** @returns ends it */
export function watchPulse(
  { ask }: Pick<StartedProcess, 'ask'>,
  { setTimer, found, hung }: PulseOptions,
): () => void {
  let missed = 0;
  let isOver = false;
  let cancel = (): void => undefined;
  const beat = async () => {
    const answer = await ask({ about: 'pulse' });
    if (isOver) return;
    missed = answer === undefined ? missed + 1 : 0;
    found(missed > 0);
    if (missed >= MOST_MISSED) hung();
    else cancel = setTimer(() => void beat(), BETWEEN);
  };
  void beat();
  return () => {
    isOver = true;
    cancel();
  };
}
