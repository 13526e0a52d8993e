/** A file beside another one that says which process has it: two that wrote the same file would undo each other's work. */
import { readFile, rm, writeFile } from 'node:fs/promises';

/** Those of this process. One with its number that is not here is left over from an earlier process of the same number. */
const own = new Set<string>();

/**
 * Takes the lock, also one that is left over from a process that is no more, and resolves with what gives it back.
 * `{ holder }` if it is taken: the number of the process, or what else is in it.
 *
 * Rejects with the error of the file system if it cannot be written.
 */
export async function takeLock(
  path: string,
): Promise<{ readonly giveBack: () => Promise<void> } | { readonly holder: string }> {
  if (own.has(path)) return { holder: String(process.pid) };
  own.add(path);
  try {
    const holder = await write(path);
    if (holder === undefined) return { giveBack: once(() => remove(path)) };
    own.delete(path);
    return { holder };
  } catch (error) {
    own.delete(path);
    throw error;
  }
}

/** `undefined`, or who was faster. */
async function write(path: string): Promise<string | undefined> {
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx', mode: 0o600 });
      return undefined;
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    const holder = await readFile(path, 'utf8').catch(() => '');
    if (!isLeftOver(holder)) return holder;
    await rm(path, { force: true });
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { force: true });
  own.delete(path);
}

/** Given back twice, it could be another's in between. */
function once(run: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= run());
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** What is no number may be the lock of somebody who is just writing it. */
function isLeftOver(holder: string): boolean {
  if (!/^[1-9]\d*$/.test(holder)) return false;
  if (Number(holder) === process.pid) return true;
  try {
    // Sends nothing; asks only whether it could.
    process.kill(Number(holder), 0);
    return false;
  } catch (error) {
    // It is there, and another user's, where it is not allowed.
    return hasCode(error, 'ESRCH');
  }
}
