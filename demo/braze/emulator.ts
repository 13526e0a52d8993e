/**
 * A local Braze for demos and tests. It follows the documentation of Braze's REST API and no client's idea of it.
 * It is not Braze, and not affiliated with Braze.
 *
 * State is in memory. Page names in comments, here and in the other files, are relative to https://www.braze.com/docs/.
 */
import { Hono } from 'hono';
import { createAdmin, ownOriginOnly, type Change } from './admin.ts';
import { createBrazeApi, type Workspace } from './braze-api.ts';
import { createFaultSwitch, type Fault } from './faults.ts';
import { createInspector } from './inspector-page.ts';
import { createJournal, type JournalEntry } from './journal.ts';
import { createKeyRing, type EmulatorKey } from './keys.ts';
import { createProfileStore, type Profile } from './profiles.ts';
import { createRateLimit, type RateHeaderStyle } from './rate-limit.ts';

export type { EmulatorKey, Fault, Profile };

export interface EmulatorOptions {
  readonly keys: readonly EmulatorKey[];
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly clock?: () => number;
  /** What `x-ratelimit-reset` means; `epoch` by default. */
  readonly rateHeaders?: RateHeaderStyle;
  /** Source of the inspector's script, `undefined` where it is not built. */
  readonly inspectorScript?: () => Promise<string | undefined>;
}

export interface Emulator {
  /** Braze's endpoints, the inspector at `/` and its admin calls under `/emulator/`. */
  readonly app: Hono;
  /** Oldest first. */
  readonly profiles: () => readonly Profile[];
  /** The last 1,000 requests to Braze's endpoints, oldest first; fewer if their bodies are very large. */
  readonly journal: () => readonly JournalEntry[];
  /** Makes `/users/track` fail. Setting or clearing it lets go of answers that are held. */
  readonly setFault: (fault: Fault | undefined) => void;
  /**
   * Resolves with what the question answers as soon as that is truthy. It is asked now and again after every request
   * that was processed or refused, also while its answer is held, slow or lost. Rejects if the question throws.
   */
  readonly until: <T>(question: (emulator: Emulator) => T | undefined | false) => Promise<T>;
  readonly revokeKey: (key: string) => void;
  readonly addKey: (key: EmulatorKey) => void;
  /** Forgets profiles, journal and fault. Keys stay. */
  readonly reset: () => void;
}

export function createEmulator(options: EmulatorOptions): Emulator {
  const {
    keys,
    clock = Date.now,
    rateHeaders = 'epoch',
    inspectorScript = () => Promise.resolve(undefined),
  } = options;
  const listeners = new Set<(change: Change) => void>();
  const questions = createQuestions();
  const workspace: Workspace = {
    clock,
    keys: createKeyRing(keys),
    profiles: createProfileStore(clock),
    journal: createJournal(),
    rateLimit: createRateLimit(clock, rateHeaders),
    faults: createFaultSwitch(() => publish({})),
  };
  const { profiles, journal, faults, rateLimit } = workspace;

  const state = (): Pick<Change, 'fault' | 'held'> => ({
    fault: faults.current() ?? null,
    held: faults.held(),
  });

  function publish(news: Partial<Change>): void {
    const change = { ...state(), profiles: [], ...news };
    for (const listener of listeners) listener(change);
  }

  function handleJudged(entry: JournalEntry, changed: readonly Profile[]): void {
    publish({ entry, profiles: changed });
    questions.askAgain();
  }

  const emulator: Emulator = {
    app: new Hono(),
    profiles: profiles.all,
    journal: journal.entries,
    setFault: faults.set,
    until: (question) => questions.ask(() => question(emulator)),
    revokeKey: workspace.keys.revoke,
    addKey: workspace.keys.add,
    reset() {
      profiles.clear();
      journal.clear();
      rateLimit.reset();
      faults.set(undefined);
      publish({ isReset: true });
    },
  };

  const admin = createAdmin({
    snapshot: () => ({ ...state(), profiles: profiles.all(), journal: journal.entries() }),
    setFault: faults.set,
    reset: emulator.reset,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  });
  for (const path of ['/', '/inspector.js', '/emulator/*']) emulator.app.use(path, ownOriginOnly);
  emulator.app
    .route('/emulator', admin)
    .route('/', createInspector(inspectorScript))
    .all('*', createBrazeApi(workspace, handleJudged));
  return emulator;
}

interface Questions {
  readonly ask: <T>(question: () => T | undefined | false) => Promise<T>;
  readonly askAgain: () => void;
}

/** Questions that wait for their answer; each is asked again until it has one. */
function createQuestions(): Questions {
  const open = new Set<() => boolean>();
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        const isSettled = (): boolean => {
          try {
            const found = question();
            if (found) resolve(found);
            return Boolean(found);
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
            return true;
          }
        };
        if (!isSettled()) open.add(isSettled);
      }),
    askAgain() {
      for (const isSettled of open) if (isSettled()) open.delete(isSettled);
    },
  };
}
