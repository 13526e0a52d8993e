/** Profiles in a file, for an emulator that is asked to keep them: read at its start, written after changes. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { isObject } from './json.ts';
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

/**
 * None if there is no such file.
 * @throws {ProfileFileError}
 */
export async function readProfileFile(path: string): Promise<KeptProfiles> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ProfileFileError(`${path} cannot be read: ${String(error)}`);
  });
  if (text === undefined) return new Map();
  const problem = (what: string): ProfileFileError =>
    new ProfileFileError(
      `${path} is not a file that the emulator has written: ${what}. Mend or move it, or name another one; it was left as it is.`,
    );
  const content = jsonOf(text);
  if (!isObject(content)) throw problem('it holds no JSON object');
  const { version, workspaces } = content;
  if (version !== VERSION) throw problem(`its "version" should be ${String(VERSION)}`);
  if (!isObject(workspaces)) throw problem('its "workspaces" should be an object');
  const kept = new Map<string, readonly Profile[]>();
  for (const [name, workspace] of Object.entries(workspaces)) {
    const profiles = isObject(workspace) ? workspace['profiles'] : undefined;
    if (!Array.isArray(profiles)) throw problem(`the workspace "${name}" has no list "profiles"`);
    const wrong = profiles.findIndex((profile) => !isProfile(profile));
    if (wrong >= 0)
      throw problem(`"profiles" of the workspace "${name}" is wrong at position ${String(wrong)}`);
    kept.set(name, profiles as readonly Profile[]);
  }
  return kept;
}

const lists = ['user_aliases', 'events', 'purchases', 'canvas_entries', 'campaign_sends'];

/** As far as the emulator would not fall over it. What is inside was judged when it arrived. */
function isProfile(value: unknown): value is Profile {
  if (!isObject(value)) return false;
  const { braze_id: id, external_id: externalId, created_at: created, updated_at: updated } = value;
  return (
    typeof id === 'string' &&
    (externalId === undefined || typeof externalId === 'string') &&
    isObject(value['standard']) &&
    isObject(value['custom_attributes']) &&
    lists.every((name) => Array.isArray(value[name]) && (value[name] as unknown[]).every(isObject)) &&
    [created, updated].every((time) => typeof time === 'string' && !Number.isNaN(Date.parse(time)))
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
  const fresh = `${path}.new`;
  await writeFile(fresh, text, { mode: 0o600 });
  await rename(fresh, path);
}
