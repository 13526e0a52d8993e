/**
 * What the loader has to know before it has loaded anything: was the chat open on the page before, is something not yet
 * delivered, and is something to be forgotten. Three hints in the browser's storage; where it refuses, or its visitor, the chat waits for
 * them to open it. And what only the first page of a visit knows: how the visitor came.
 */
import { CONVERSATION_LIFE } from './outbox/conversation-life.ts';

const OPEN = 'parley-open';
const UNSENT = 'parley-unsent';
const KEPT = 'parley-kept';
const LANDED = 'parley-landed';
const ERA = 'parley-era';
const KNOWN = 'parley-known';

/** Key under which it is kept that the visitor has granted it. */
export const GRANTED = 'parley-consent';

/**
 * Whether anything may be kept and sent without asking: the page needs no consent, and the visitor's browser does not say that they
 * want to be left alone (Global Privacy Control, https://w3c.github.io/gpc/).
 * @param mode as the page has it; empty: none is needed
 */
export const needsNoConsent = (mode: string): boolean =>
  (!mode || mode === 'none-needed') &&
  (navigator as { readonly globalPrivacyControl?: unknown }).globalPrivacyControl !== true;

let isAllowed = (): boolean => true;

/** @param mayTouch whether the hints may be read and written, asked each time */
export function heedConsent(mayTouch: () => boolean): void {
  isAllowed = mayTouch;
}

/** Removes all that we keep in the page's own storage, by its name and without reading it. Of a tab alone: `sessionStorage`. */
export function forgetTraces(storages: readonly Kind[] = ['localStorage', 'sessionStorage']): void {
  for (const storage of storages) {
    try {
      const kept = window[storage];
      for (const name of Object.keys(kept)) if (name.startsWith('parley-')) kept.removeItem(name);
    } catch {
      // Where it is refused, there is nothing.
    }
  }
}

/** Name of the database in which what is said to a relay is kept: it never goes to another. */
export const databaseOf = (relay: string): string => `parley ${relay}`;

/**
 * Deletes a database, without reading it, and makes none where there is none. Waits for no other page that has it open: it is deleted
 * when that closes it.
 */
export const deleteDatabase = (name: string): Promise<void> =>
  new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = request.onerror = request.onblocked = () => resolve();
  });

/** Whether the chat was open when this tab left its last page. */
export function wasOpen(): boolean {
  return read('sessionStorage', OPEN) !== null;
}

/** Whether the visitor has come by an entry link, on this page or one before it in this tab (`entry-link.ts`). */
export function hasEntry(): boolean {
  return read('sessionStorage', 'parley-entry') !== null;
}

/** Milliseconds after which the relay would not take it on any more (`server/clock-offset.ts`). */
const UNSENT_LIFE = 13 * 24 * 60 * 60_000;

/**
 * Whether some tab holds a submission without a receipt.
 * @param now milliseconds since 1970
 */
export function hasUnsent(now: number): boolean {
  // None is 0, which is 1970.
  return Math.abs(now - Number(read('localStorage', UNSENT))) <= UNSENT_LIFE;
}

/**
 * Whether some conversation may be over age.
 * @param now milliseconds since 1970
 */
export function isToForget(now: number): boolean {
  const kept = read('localStorage', KEPT);
  // A clock that was set back by more does not make it last.
  return kept !== null && !(Math.abs(now - Number(kept)) <= CONVERSATION_LIFE);
}

/**
 * How the visitor came: told of all pages of this tab, whichever of them they open the chat on. Nothing but `landedOf` reads it.
 * @returns `<address> <referrer>` of the page by which they came to the site, or by which a newer campaign brought them. Where nothing may
 *   be kept, of this page
 */
export function rememberLanding(): string {
  // The page may have gone on to another address since.
  const address = performance.getEntriesByType('navigation')[0]?.name ?? location.href;
  const before = read('sessionStorage', LANDED);
  if (before && !/[?&]utm_/.test(address)) return before;
  // What is after `#` may be an entry link.
  const landing = `${address.split('#')[0]} ${document.referrer}`;
  try {
    if (isAllowed()) sessionStorage.setItem(LANDED, landing);
  } catch {
    // Where it is refused, each page is the first.
  }
  return landing;
}

/** What was typed into a question and not sent, in this tab. */
export function readDraft(): string | null {
  const draft = read('sessionStorage', 'parley-draft');
  return draft?.startsWith(readEra()) ? draft.slice(readEra().length) : null;
}

export function rememberDraft(draft: string | undefined): void {
  write('sessionStorage', 'parley-draft', draft && readEra() + draft);
}

/** Whether an anonymous visitor is known here, who is to be joined with who signs in. */
export const isKnown = (): boolean => read('localStorage', KNOWN) !== null;

export const rememberKnown = (isAnonymous: boolean): void =>
  write('localStorage', KNOWN, isAnonymous ? '1' : undefined);

/** Of the visitor: what a tab has noted that slept when the last one left is none of theirs (`outbox/eras.ts`). */
export const rememberEra = (era: string): void => write('localStorage', ERA, era);

const readEra = (): string => read('localStorage', ERA) ?? '';

export function rememberOpen(isOpen: boolean): void {
  write('sessionStorage', OPEN, isOpen ? '1' : undefined);
}

/**
 * Times are written by `toFixed`: for all others V8 keeps their texts, and once two of them meet there, as times of a page do, it makes
 * room of 48 kB.
 * @param now milliseconds since 1970; where something was unsent already, it counts from then
 */
export function rememberUnsent(isUnsent: boolean, now: number): void {
  const since = read('localStorage', UNSENT);
  if (isUnsent !== (since !== null)) write('localStorage', UNSENT, isUnsent ? now.toFixed() : undefined);
}

/**
 * @param since milliseconds since 1970 from when on a conversation is kept. `undefined`: there is none
 * @param isSure over what was known before; else only where nothing was
 */
export function rememberKept(since: number | undefined, isSure = false): void {
  if (isSure || read('localStorage', KEPT) === null) {
    write('localStorage', KEPT, since?.toFixed());
  }
}

type Kind = 'localStorage' | 'sessionStorage';

function read(storage: Kind, key: string): string | null {
  try {
    return isAllowed() ? window[storage].getItem(key) : null;
  } catch {
    return null;
  }
}

function write(storage: Kind, key: string, value: string | undefined): void {
  if (!isAllowed()) return;
  try {
    if (value === undefined) window[storage].removeItem(key);
    else window[storage].setItem(key, value);
  } catch {
    // A browser that keeps nothing has nothing to wake for.
  }
}
