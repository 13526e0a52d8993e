/** What SQLite says went wrong, as an operator is told. Result codes: https://www.sqlite.org/rescode.html */
import { StoreError } from '../store.ts';

const BUSY = 5;
const LOCKED = 6;
const NO_MEMORY = 7;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

const WORDS: Readonly<Record<number, string>> = {
  [BUSY]: 'is held by another process for too long: look which one has it open, and whether it is stuck',
  [LOCKED]: 'is held by another connection for too long: look which one has it open, and whether it is stuck',
  [NO_MEMORY]: 'found no memory: give the process more',
  [READ_ONLY]: 'cannot be written: give the relay the right to write this file and its folder',
  [IO_ERROR]: 'could not be read or written: its disk is full, broken or gone',
  [CORRUPT]: 'is damaged: stop the relay, move the file away or put a copy in its place, and start it again',
  [FULL]: 'has no room left on its disk: make room, and the relay goes on by itself',
  [CANNOT_OPEN]: 'cannot be opened: it has to be a file in a folder that the relay may write to',
  [NOT_A_DATABASE]: 'is not a database: name another file, or move this one away',
};

export const isBusy = (error: unknown): boolean => [BUSY, LOCKED].includes(codeOf(error) ?? 0);

/** The file, or what SQLite has to make beside it. */
export const isNotToBeOpened = (error: unknown): boolean =>
  [READ_ONLY, CANNOT_OPEN].includes(codeOf(error) ?? 0);

/** Whatever is asked of it now, it fails. */
export const isOfTheDisk = (error: unknown): boolean => WORDS[codeOf(error) ?? 0] !== undefined;

/** @returns a `StoreError`, or what it was if it came neither from SQLite nor from the file system: a mistake of ours */
export function explainFailure(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  const code = codeOf(error);
  if (code === undefined && !('syscall' in error)) return error;
  const words = WORDS[code ?? CANNOT_OPEN] ?? 'failed';
  return new StoreError(`The store "${file}" ${words} (${error.message})`, { cause: error });
}

/** Primary result code of SQLite, or `undefined` where it is not SQLite's. */
function codeOf(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}
