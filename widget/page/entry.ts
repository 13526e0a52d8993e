/** The entry link by which a visitor came: `#parley=<token>`. What is in it only the relay can read. */
import { attempt } from './path.ts';

/** In the fragment or the query, alone or among others. A token is base64url in five parts (RFC 7516, section 3.1); the relay reads no longer one. */
const LINK = /([#?&])parley=([\w.-]{1,2000})(?![\w.-])(&?)/;

/** For as long as this tab is on the site: the pages that follow are of the same conversation. */
const ENTRY = 'parley-entry';

/** The flow that was asked for, and the link, of this page. */
let taken = '';

/**
 * The link by which the visitor came to this page, or to one before it in this tab that asked for the same flow: other flows stay what
 * they are.
 * @param mayKeep whether the browser may keep it
 */
export function entryLink(flow: string, mayKeep: boolean, inQuery?: boolean): string | undefined {
  const link = takeEntryLink(inQuery);
  if (link !== undefined) {
    taken = `${flow} ${link}`;
    if (mayKeep) attempt(() => sessionStorage.setItem(ENTRY, taken), undefined);
  }
  const found = taken === '' && mayKeep ? attempt(() => sessionStorage.getItem(ENTRY), null) : taken;
  const [of, kept] = (found ?? '').split(' ');
  return of === flow ? kept : undefined;
}

/** It does not hold. */
export function forgetEntryLink(): void {
  taken = '';
  attempt(() => sessionStorage.removeItem(ENTRY), undefined);
}

/** Whether there is one in the fragment: then the visitor was invited to talk. */
export const isInvited = (): boolean => LINK.test(location.hash);

/**
 * Takes the link out of the address, and off the address bar: what is copied from there on is the page and not the invitation.
 * @param inQuery also where it stands in the query: some mail tools lose the fragment
 * @returns the token, if there is one
 */
export function takeEntryLink(inQuery = false): string | undefined {
  const { pathname, search, hash } = location;
  for (const part of inQuery ? [hash, search] : [hash]) {
    const link = LINK.exec(part)?.[2];
    if (link === undefined) continue;
    // `#parley=t`, `#a&parley=t`, `?parley=t&b`: what stands beside it stays.
    const rest = part
      .replace(LINK, (_, before: string, __, after: string) => (after ? before : ''))
      .replace(/^&/, '#');
    const [query, fragment] = part === hash ? [search, rest] : [rest, hash];
    // Whole: a path may begin with two slashes, and a page may have another base. Some documents let nobody change their address.
    const address = location.origin + pathname + query + fragment;
    attempt(() => history.replaceState(history.state, '', address), undefined);
    return link;
  }
  return undefined;
}
