/** Profiles in a file, for an emulator that is asked to keep them: read at its start, written after changes. */
import { open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { takeLock } from './file-lock.ts';
import { isObject, jsonOf, KEPT_DEPTH } from './json.ts';
import { problemOfProfiles } from './kept-profile.ts';
import type { Profile } from './profiles.ts';
import type { StartTimer } from './timer.ts';

/** By name of the workspace. */
export type KeptProfiles = ReadonlyMap<string, readonly Profile[]>;

/** A file that is there and is none of ours, or cannot be read. Its message is for the person at the terminal. */
export class ProfileFileError extends Error {
  override readonly name = 'ProfileFileError';
}

/** Of the format. A file of another version is not touched. */
const VERSION = 1;

/** A file that is this emulator's alone, until it is given back. */
export interface HeldFile {
  /** Without symbolic links: what is renamed over one would take its place. */
  readonly path: string;
  readonly giveBack: () => Promise<void>;
}

/**
 * Takes a file, which need not be there yet. Shows also whether something can be written beside it.
 * @throws {ProfileFileError} for one that another emulator has, or that nobody could write
 */
export async function holdFile(named: string): Promise<HeldFile> {
  const cannot = (error: unknown): never => {
    throw new ProfileFileError(`${named} cannot be written: ${String(error)}`);
  };
  const path = await realpath(named).catch(async (error: unknown) =>
    isMissing(error) ? join(await realpath(dirname(named)).catch(cannot), basename(named)) : cannot(error),
  );
  const lockPath = `${path}.lock`;
  const lock = await takeLock(lockPath).catch(cannot);
  if ('giveBack' in lock) return { path, giveBack: lock.giveBack };
  throw new ProfileFileError(
    `${named} is kept by another emulator, process ${lock.holder || 'unknown'}: two would undo each other's work. End that one or name another file. If there is none, delete ${lockPath}.`,
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/**
 * None if there is no such file.
 * @throws {ProfileFileError}
 */
export async function readProfileFile(path: string): Promise<KeptProfiles> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw new ProfileFileError(`${path} cannot be read: ${String(error)}`);
  });
  if (text === undefined) return new Map();
  const problem = (what: string): ProfileFileError =>
    new ProfileFileError(
      `${path} is not a file that the emulator has written: ${what}. Mend or move it, or name another one; it was left as it is.`,
    );
  const content = jsonOf(text, KEPT_DEPTH);
  if (!isObject(content)) throw problem('it holds no JSON object');
  const { version, workspaces } = content;
  if (version !== VERSION) throw problem(`its "version" should be ${String(VERSION)}`);
  if (!isObject(workspaces)) throw problem('its "workspaces" should be an object');
  const kept = new Map<string, readonly Profile[]>();
  for (const [name, workspace] of Object.entries(workspaces)) {
    const profiles = isObject(workspace) ? workspace['profiles'] : undefined;
    if (!Array.isArray(profiles)) throw problem(`the workspace "${name}" has no list "profiles"`);
    const wrong = problemOfProfiles(profiles);
    if (wrong !== undefined) throw problem(`"profiles" of the workspace "${name}" is wrong at ${wrong}`);
    kept.set(name, profiles as readonly Profile[]);
  }
  return kept;
}

export interface ProfileKeeper {
  /** Writes the file soon: once for all that changes until then. */
  readonly handleChange: () => void;
  /** Writes what is not written yet. Rejects if that fails. */
  readonly close: () => Promise<void>;
}

export interface KeeperOptions {
  readonly path: string;
  /** What is to be in the file, asked when it is written. */
  readonly contents: () => KeptProfiles;
  readonly startTimer: StartTimer;
  /** Hears what went wrong where nobody waits for it. The next change tries again. */
  readonly onProblem: (problem: ProfileFileError) => void;
}

/** Milliseconds from a change to the file: short for a person, and long enough for a burst of requests. */
const SAVE_DELAY = 500;

export function createProfileKeeper({ path, contents, startTimer, onProblem }: KeeperOptions): ProfileKeeper {
  let isChanged = false;
  let cancel: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();

  /** One after the other: two at a time could leave the older one. */
  function write(): Promise<void> {
    cancel?.();
    cancel = undefined;
    writing = writing
      .catch(() => undefined)
      .then(async () => {
        if (!isChanged) return;
        isChanged = false;
        try {
          await replaceFile(path, textOf(contents()));
        } catch (error) {
          isChanged = true;
          throw new ProfileFileError(`${path} cannot be written: ${String(error)}`);
        }
      });
    return writing;
  }

  return {
    handleChange() {
      isChanged = true;
      cancel ??= startTimer(() => {
        write().catch(onProblem);
      }, SAVE_DELAY);
    },
    close: write,
  };
}

function textOf(kept: KeptProfiles): string {
  const workspaces = Object.fromEntries([...kept].map(([name, profiles]) => [name, { profiles }]));
  return JSON.stringify({ version: VERSION, workspaces });
}

/** By renaming: whoever reads it, or is stopped meanwhile, has the old file or the new one. For its owner's eyes only. */
async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.${String(process.pid)}.new`;
  // One that is left over would keep what its permissions are.
  await rm(fresh, { force: true });
  const file = await open(fresh, 'wx', 0o600);
  try {
    await file.writeFile(text);
    // Renaming may be on the disk before the text is: after a power cut the file would be empty.
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
}
