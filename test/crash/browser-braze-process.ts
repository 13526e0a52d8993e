/** The Braze emulator as a process of its own. */
import type { Emulator } from '../../demo/braze/emulator.ts';
import { serveEmulator } from '../../demo/braze/serve.ts';
import { answerParent } from '../relay/child.ts';
import { arrivalsIn } from './browser-flow.ts';

/** Milliseconds of each answer: time enough for a kill while a request is under way. */
const SLOW = 20;

let emulator: Emulator;

answerParent({
  start: async (key: string) => {
    const braze = await serveEmulator({
      port: 0,
      workspaces: [{ keys: [{ key, permissions: ['users.track'] }] }],
    });
    ({ emulator } = braze);
    emulator.setFault({ kind: 'slow', ms: SLOW });
    return braze.url;
  },
  /** Resolves once all of these are there. */
  arrived: (words: readonly string[]) =>
    emulator.until(() => {
      const there = new Set(arrivalsIn(emulator.profiles()).map(({ word }) => word));
      return words.every((word) => there.has(word));
    }),
  arrivals: () => arrivalsIn(emulator.profiles()),
});
