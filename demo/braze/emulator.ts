/**
 * A local Braze for demos and tests. It follows the documentation of Braze's REST API and no client's idea of it.
 * It is not Braze, and not affiliated with Braze.
 *
 * State is in memory. Page names in comments, here and in the other files, are relative to https://www.braze.com/docs/.
 */
import { Hono } from 'hono';
import { createAdmin, ownOriginOnly, type Change } from './admin.ts';
import { createBrazeApi, type Site } from './braze-api.ts';
import { createFaultSwitch, type Fault } from './faults.ts';
import { createInspector } from './inspector-page.ts';
import { createJournal, type JournalEntry } from './journal.ts';
import type { EmulatorKey } from './keys.ts';
import type { Profile, WriteEffect } from './profiles.ts';
import { createWorkspace, type Workspace, type WorkspaceOptions } from './workspace.ts';

export type { EmulatorKey, Fault, Profile, WorkspaceOptions };

export interface EmulatorOptions {
  /** At least one. Their names differ, and no key is of two. */
  readonly workspaces: readonly [WorkspaceOptions, ...WorkspaceOptions[]];
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly clock?: () => number;
  /** Source of the inspector's script, `undefined` where it is not built. */
  readonly inspectorScript?: () => Promise<string | undefined>;
}

export interface Emulator {
  /** Braze's endpoints, the inspector at `/` and its admin calls under `/emulator/`. */
  readonly app: Hono;
  /** Oldest first; of the first workspace, unless another one is named. */
  readonly profiles: (workspace?: string) => readonly Profile[];
  /** The last 1,000 requests to Braze's endpoints, oldest first; fewer if their bodies are very large. */
  readonly journal: () => readonly JournalEntry[];
  /** Makes Braze's endpoints fail. Setting or clearing it lets go of answers that are held. */
  readonly setFault: (fault: Fault | undefined) => void;
  /**
   * Resolves with what the question answers as soon as that is truthy. It is asked now and again after every request
   * that was processed or refused, also while its answer is held, slow or lost. Rejects if the question throws.
   */
  readonly until: <T>(question: (emulator: Emulator) => T | undefined | false) => Promise<T>;
  readonly revokeKey: (key: string) => void;
  /** To the first workspace, unless another one is named. */
  readonly addKey: (key: EmulatorKey, workspace?: string) => void;
  /** Forgets profiles, journal and fault. Keys and settings stay. */
  readonly reset: () => void;
}

/** @throws {RangeError} when a workspace that is not there is asked for */
export function createEmulator(options: EmulatorOptions): Emulator {
  const { clock = Date.now, inspectorScript = () => Promise.resolve(undefined) } = options;
  const listeners = new Set<(change: Change) => void>();
  const questions = createQuestions();
  const create = (workspace: WorkspaceOptions): Workspace =>
    createWorkspace(workspace, clock, ({ changed, removed }: WriteEffect) => {
      publish({ profiles: changed, removed });
      questions.askAgain();
    });
  const [first, ...others] = options.workspaces;
  const site: Site = {
    clock,
    workspaces: [create(first), ...others.map(create)],
    journal: createJournal(),
    faults: createFaultSwitch(() => publish({})),
  };
  const { journal, faults, workspaces } = site;

  const state = (): Pick<Change, 'fault' | 'held'> => ({
    fault: faults.current() ?? null,
    held: faults.held(),
  });

  function publish(news: Partial<Change>): void {
    const change = { ...state(), profiles: [], removed: [], ...news };
    for (const listener of listeners) listener(change);
  }

  function handleJudged(entry: JournalEntry): void {
    publish({ entry });
    questions.askAgain();
  }

  function workspaceNamed(name: string = workspaces[0].name): Workspace {
    const found = workspaces.find((workspace) => workspace.name === name);
    if (found) return found;
    const names = workspaces.map((workspace) => workspace.name).join(', ');
    throw new RangeError(`There is no workspace "${name}"; there is ${names}.`);
  }

  const emulator: Emulator = {
    app: new Hono(),
    profiles: (workspace) => workspaceNamed(workspace).profiles.all(),
    journal: journal.entries,
    setFault: faults.set,
    until: (question) => questions.ask(() => question(emulator)),
    revokeKey: (key) => {
      for (const { keys } of workspaces) keys.revoke(key);
    },
    addKey: (key, workspace) => {
      workspaceNamed(workspace).keys.add(key);
    },
    reset() {
      for (const { profiles, rateLimit, writes } of workspaces) {
        writes.clear();
        profiles.clear();
        rateLimit.reset();
      }
      journal.clear();
      faults.set(undefined);
      publish({ isReset: true });
    },
  };

  const admin = createAdmin({
    snapshot: () => ({ ...state(), profiles: emulator.profiles(), journal: journal.entries() }),
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
    .all('*', createBrazeApi(site, handleJudged));
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
