/** Runs something after so many milliseconds, unless the returned function is called before. */
export type StartTimer = (run: () => void, ms: number) => () => void;

/** Longest that {@link startTimer} can wait: Node takes a longer time for 1 ms. */
export const MAX_DELAY = 2_147_483_647;

export const startTimer: StartTimer = (run, ms) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};
