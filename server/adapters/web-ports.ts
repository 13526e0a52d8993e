/** The ports that every runtime of ours fills in the same way. */
import type { Ports } from '../ports.ts';

export const webPorts: Pick<Ports, 'clock' | 'setTimer' | 'random' | 'createId'> = {
  clock: () => Date.now(),
  setTimer: (callback, milliseconds) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  createId: () => crypto.randomUUID(),
};
