/**
 * A local Braze for demos and tests. It follows the documentation of Braze's REST API and no client's idea of it.
 * It is not Braze, and not affiliated with Braze.
 *
 * State is in memory, and with `serve.ts` in a file if it is asked to be. Page names in comments, here and in the other
 * files, are relative to https://www.braze.com/docs/.
 */
import { Hono } from 'hono';
import { statusOf } from './admin-stream.ts';
import { createAdmin, type AdminPorts } from './admin.ts';
import { createBrazeApi, type Site } from './braze-api.ts';
import { noNews, type Change, type News } from './change.ts';
import type { Chaos } from './chaos.ts';
import { createFaultSwitch } from './fault-switch.ts';
import type { Fault } from './faults.ts';
import { createInspector } from './inspector-page.ts';
import { createJournal, type JournalEntry } from './journal.ts';
import { createKeyMask } from './key-mask.ts';
import type { EmulatorKey } from './keys.ts';
import type { Profile, WriteEffect } from './profiles.ts';
import { ownOriginOnly } from './own-origin.ts';
import { createQuestions } from './questions.ts';
import { settingsAfter, type WorkspaceSettings } from './settings.ts';
import { summaryOfEntry } from './summaries.ts';
import { startTimer, type StartTimer } from './timer.ts';
import {
  createWorkspace,
  UnknownWorkspaceError,
  type Workspace,
  type WorkspaceOptions,
} from './workspace.ts';

export type { Chaos, EmulatorKey, Fault, Profile, WorkspaceOptions, WorkspaceSettings };

export interface EmulatorOptions {
  /** At least one. Their names differ, and no key is of two. */
  readonly workspaces: readonly [WorkspaceOptions, ...WorkspaceOptions[]];
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly clock?: () => number;
  /** Waits for what is slow, and for the consistency delay; by default on Node's timers. */
  readonly startTimer?: StartTimer;
  /** Faults by chance from the first request on, and again from the first after each reset. */
  readonly chaos?: Chaos;
  /** Hears of what should not happen: an error in the emulator itself. By default it goes to the standard error output. */
  readonly onProblem?: (problem: Error) => void;
  /** Called when profiles have changed, of whatever workspace. */
  readonly onProfiles?: () => void;
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
  /**
   * Makes Braze's endpoints fail. Setting or clearing it lets go of answers that are held. A request may also bring its own
   * fault, as JSON in the header `x-emulator-fault`: that one goes before this, and this before chaos.
   */
  readonly setFault: (fault: Fault | undefined) => void;
  /** Faults by chance, the same for the same seed, from the next request on. Lets go of answers that are held. */
  readonly setChaos: (chaos: Chaos | undefined) => void;
  /**
   * Resolves with what the question answers as soon as that is truthy. It is asked now and again after every request
   * that was processed or refused, also while its answer is held, slow or lost. Rejects if the question throws.
   */
  readonly until: <T>(question: (emulator: Emulator) => T | undefined | false) => Promise<T>;
  readonly revokeKey: (key: string) => void;
  /** To the first workspace, unless another one is named. */
  readonly addKey: (key: EmulatorKey, workspace?: string) => void;
  /** Names of the workspaces; the first is meant where no other one is named. */
  readonly workspaces: readonly string[];
  readonly settings: (workspace?: string) => WorkspaceSettings;
  /** Changes what is named, from the next request on. */
  readonly setSettings: (change: Partial<WorkspaceSettings>, workspace?: string) => void;
  /** Lets all be seen that was accepted, without waiting for the consistency delay. */
  readonly settle: () => void;
  /** Puts these in the place of all profiles of a workspace. */
  readonly restore: (profiles: readonly Profile[], workspace?: string) => void;
  /** Forgets profiles, journal and fault; chaos is what the options say, from its first request. Keys and settings stay. */
  readonly reset: () => void;
}

/**
 * @throws {RangeError} for workspaces that cannot be, or not together; later an `UnknownWorkspaceError` where one that is not there
 *   is asked for, and a RangeError where what is given to it cannot be
 */
export function createEmulator(options: EmulatorOptions): Emulator {
  const { clock = Date.now, startTimer: timer = startTimer, onProfiles = () => undefined, chaos } = options;
  const { inspectorScript = () => Promise.resolve(undefined), onProblem = console.error } = options;
  const tell = (problem: unknown): void =>
    onProblem(problem instanceof Error ? problem : new Error(String(problem)));
  const { remember, mask } = createKeyMask();
  const listeners = new Set<(change: Change) => void>();
  const questions = createQuestions();
  const create = (workspace: WorkspaceOptions): Workspace => {
    const onWrite = ({ changed, removed }: WriteEffect): void =>
      handleProfiles(created.name, [...changed, ...removed]);
    const created = createWorkspace(workspace, {
      clock,
      startTimer: timer,
      onWrite,
      onProblem: tell,
      onKey: remember,
    });
    return created;
  };
  const [first, ...others] = options.workspaces;
  const site: Site = {
    clock,
    startTimer: timer,
    workspaces: [create(first), ...others.map(create)],
    journal: createJournal(),
    faults: createFaultSwitch(() => publish({})),
    mask,
    onProblem: tell,
  };
  const { journal, faults, workspaces } = site;
  checkWorkspaces(workspaces, options.workspaces);
  faults.reset(chaos);

  /** With nobody watching there is nothing to put together. */
  function publish(news: Partial<News>): void {
    if (listeners.size === 0) return;
    const change = { ...statusOf(adminPorts), ...noNews, ...news };
    for (const listener of listeners) listener(change);
  }

  function handleJudged(entry: JournalEntry): void {
    publish({ requests: 1, last: summaryOfEntry(entry) });
    questions.askAgain();
  }

  function handleProfiles(workspace: string, ids: readonly string[]): void {
    onProfiles();
    publish({ profiles: [{ workspace, ids }] });
    questions.askAgain();
  }

  function workspaceNamed(name: string = workspaces[0].name): Workspace {
    const found = workspaces.find((workspace) => workspace.name === name);
    if (found) return found;
    const names = workspaces.map((workspace) => workspace.name).join(', ');
    throw new UnknownWorkspaceError(`There is no workspace "${name}"; there is ${names}.`);
  }

  const emulator: Emulator = {
    app: new Hono(),
    profiles: (workspace) => workspaceNamed(workspace).profiles.all(),
    journal: journal.entries,
    setFault: faults.set,
    setChaos: faults.setChaos,
    until: (question) => questions.ask(() => question(emulator)),
    revokeKey: (key) => {
      for (const { keys } of workspaces) keys.revoke(key);
    },
    addKey: (key, workspace) => {
      const { name, keys } = workspaceNamed(workspace);
      const other = workspaces.find((each) => each.name !== name && each.keys.has(key.key));
      if (other) throw sharedKey(other.name, name);
      keys.add(key);
    },
    workspaces: workspaces.map(({ name }) => name),
    settings: (workspace) => workspaceNamed(workspace).settings,
    setSettings: (change, name) => {
      const workspace = workspaceNamed(name);
      workspace.settings = settingsAfter(workspace.settings, change);
      publish({});
    },
    settle: () => {
      for (const { writes } of workspaces) writes.settle();
    },
    restore: (profiles, workspace) => {
      const { name, profiles: store, writes } = workspaceNamed(workspace);
      writes.clear();
      store.restore(profiles);
      handleProfiles(
        name,
        profiles.map((profile) => profile.braze_id),
      );
    },
    reset() {
      for (const { profiles, rateLimit, writes } of workspaces) {
        writes.clear();
        profiles.clear();
        rateLimit.reset();
      }
      journal.clear();
      faults.reset(chaos);
      onProfiles();
      publish({});
    },
  };

  const adminPorts: AdminPorts = {
    workspaces: () =>
      workspaces.map(({ name, hosts, profiles }) => ({
        name,
        ...(hosts && { hosts }),
        profiles: profiles.count(),
      })),
    profiles: emulator.profiles,
    journal: journal.entries,
    fault: faults.current,
    setFault: faults.set,
    chaos: faults.chaos,
    setChaos: faults.setChaos,
    held: faults.held,
    settings: emulator.settings,
    setSettings: emulator.setSettings,
    reset: emulator.reset,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  for (const path of ['/', '/inspector.js', '/emulator/*']) emulator.app.use(path, ownOriginOnly);
  emulator.app
    .route('/emulator', createAdmin(adminPorts))
    .route('/', createInspector(inspectorScript))
    .all('*', createBrazeApi(site, handleJudged));
  return emulator;
}

/** @throws {RangeError} for two of the same name, and for a key that two have: nobody could say whose request it is */
function checkWorkspaces(workspaces: readonly Workspace[], options: readonly WorkspaceOptions[]): void {
  for (const [index, { name }] of workspaces.entries()) {
    const others = workspaces.slice(0, index);
    if (name === '') throw new RangeError('A workspace has an empty name; it should be one or more letters.');
    if (others.some((other) => other.name === name)) {
      throw new RangeError(`Two workspaces are called "${name}"; each should have a name of its own.`);
    }
    for (const { key } of options[index]?.keys ?? []) {
      const owner = others.find(({ keys }) => keys.has(key));
      if (owner) throw sharedKey(owner.name, name);
    }
  }
}

/** It does not name the key, which is nobody's business. */
function sharedKey(one: string, other: string): RangeError {
  return new RangeError(
    `The workspaces "${one}" and "${other}" have the same key; a key is of one workspace.`,
  );
}
