/**
 * What the loader has to know before it has loaded anything: was the chat open on the page before, and is something not yet
 * delivered. Two hints in the browser's storage; where it refuses, the chat waits for the visitor.
 */

const OPEN = 'parley-open';
const UNSENT = 'parley-unsent';

/** Whether the chat was open when this tab left its last page. */
export function wasOpen(): boolean {
  return read(() => sessionStorage, OPEN);
}

/** Whether some tab holds a submission without a receipt. */
export function hasUnsent(): boolean {
  return read(() => localStorage, UNSENT);
}

export function rememberOpen(isOpen: boolean): void {
  write(() => sessionStorage, OPEN, isOpen);
}

export function rememberUnsent(isUnsent: boolean): void {
  write(() => localStorage, UNSENT, isUnsent);
}

function read(storage: () => Storage, key: string): boolean {
  try {
    return storage().getItem(key) !== null;
  } catch {
    return false;
  }
}

function write(storage: () => Storage, key: string, isSet: boolean): void {
  try {
    if (isSet) storage().setItem(key, '1');
    else storage().removeItem(key);
  } catch {
    // A browser that keeps nothing has nothing to wake for.
  }
}
