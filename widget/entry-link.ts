/** The entry link by which a visitor came: `#parley=<token>`. What is in it only the relay can read. */
import { attempt } from './page/path.ts';

/**
 * Alone or among others, from a mark of the address on. A token is base64url in five parts (RFC 7516, section 3.1); the relay reads no
 * longer one.
 */
const linkAfter = (mark: string, part: string) =>
  new RegExp(`((?<=${mark}${part})[?&]|${mark})parley=([\\w.-]{1,2000})(?![\\w.-])(&?)`);
const IN_FRAGMENT = linkAfter('#', '.*');
const IN_QUERY = linkAfter('\\?', '[^#]*');

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
    if (mayKeep) keepEntryLink();
  }
  const found = taken === '' && mayKeep ? attempt(() => sessionStorage.getItem(ENTRY), null) : taken;
  const [of, kept] = (found ?? '').split(' ');
  return of === flow ? kept : undefined;
}

/** The visitor lets it be kept from now on. */
export function keepEntryLink(): void {
  if (taken) attempt(() => sessionStorage.setItem(ENTRY, taken));
}

/**
 * It does not hold.
 * @param mayKeep whether one may have been kept
 */
export function forgetEntryLink(mayKeep: boolean): void {
  taken = '';
  if (mayKeep) attempt(() => sessionStorage.removeItem(ENTRY));
}

/**
 * Takes the link out of the address, and off the address bar: what is copied from there on is the page and not the invitation.
 * @param inQuery also where it stands in the query: some mail tools lose the fragment
 * @returns the token, if there is one
 */
export function takeEntryLink(inQuery = false): string | undefined {
  const { href } = location;
  const link = inQuery && !IN_FRAGMENT.test(href) ? IN_QUERY : IN_FRAGMENT;
  const token = link.exec(href)?.[2];
  if (token === undefined) return undefined;
  // `#parley=t`, `#a&parley=t`, `?parley=t&b`: what stands beside it stays.
  const rest = href.replace(link, (_, before: string, __, after: string) => after && before);
  // Some documents let nobody change their address.
  attempt(() => history.replaceState(history.state, '', rest));
  return token;
}
