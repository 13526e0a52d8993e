/**
 * What the loader has to know before it has loaded anything: was the chat open on the page before, is something not yet
 * delivered, and is something to be forgotten. Three hints in the browser's storage; where it refuses, the chat waits for the visitor.
 */
import { CONVERSATION_LIFE } from './outbox/conversation-life.ts';

const OPEN = 'parley-open';
const UNSENT = 'parley-unsent';
const KEPT = 'parley-kept';

/** Whether the chat was open when this tab left its last page. */
export function wasOpen(): boolean {
  return read(() => sessionStorage, OPEN) !== null;
}

/** Milliseconds after which the relay would not take it on any more (`server/clock-offset.ts`). */
const UNSENT_LIFE = 13 * 24 * 60 * 60_000;

/**
 * Whether some tab holds a submission without a receipt.
 * @param now milliseconds since 1970
 */
export function hasUnsent(now: number): boolean {
  const since = read(() => localStorage, UNSENT);
  // Release 0.1.0 noted no time.
  return since !== null && (since === '1' || Math.abs(now - Number(since)) <= UNSENT_LIFE);
}

/**
 * Whether some conversation may be over age.
 * @param now milliseconds since 1970
 */
export function isToForget(now: number): boolean {
  const kept = read(() => localStorage, KEPT);
  // A clock that was set back by more does not make it last.
  return kept !== null && !(Math.abs(now - Number(kept)) <= CONVERSATION_LIFE);
}

export function rememberOpen(isOpen: boolean): void {
  write(() => sessionStorage, OPEN, isOpen ? '1' : undefined);
}

/** @param now milliseconds since 1970; where something was unsent already, it counts from then */
export function rememberUnsent(isUnsent: boolean, now: number): void {
  const since = read(() => localStorage, UNSENT);
  if (isUnsent !== (since !== null)) write(() => localStorage, UNSENT, isUnsent ? String(now) : undefined);
}

/**
 * @param since milliseconds since 1970 from when on a conversation is kept. `undefined`: there is none
 * @param isSure over what was known before; else only where nothing was
 */
export function rememberKept(since: number | undefined, isSure = false): void {
  if (isSure || read(() => localStorage, KEPT) === null) {
    write(() => localStorage, KEPT, since === undefined ? undefined : String(since));
  }
}

function read(storage: () => Storage, key: string): string | null {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}

function write(storage: () => Storage, key: string, value: string | undefined): void {
  try {
    if (value === undefined) storage().removeItem(key);
    else storage().setItem(key, value);
  } catch {
    // A browser that keeps nothing has nothing to wake for.
  }
}
