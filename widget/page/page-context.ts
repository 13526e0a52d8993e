/** What the page tells of itself, and of how the visitor came by. */
import type { PageSettings } from '../contract/site.ts';
import type { PageContext } from '../contract/wire.ts';
import { attempt, cut, isPersonal, tellablePath } from './path.ts';

/** How the visitor came to the site, told of all its pages in this tab. */
export type Landed = Pick<PageContext, 'referrer' | 'utm'>;

/** Longest value of a key of the query, in UTF-16 units. */
const MAX_VALUE = 100;

/** So many of one kind are told: all `utm_*` that are in use, and some of the brand's own. */
const MAX_KEYS = 12;

/** `utm_source`, `utm_source_platform`. What does not look so may be a name or a number. */
const UTM = /^utm_([a-z][a-z_]{0,39})$/;

/** Origin of an address that has no name and no password in it. */
const ORIGIN = /^https?:\/\/[^/@]+(?=\/)/;

/**
 * @param landing `<address> <referrer>` of the page by which the visitor came, as `wake.ts` remembers it. The page's own code may have
 *   written anything there: of what is no address nothing is told
 */
export function landedOf(landing: string): Landed {
  const [address, referrer = ''] = landing.split(' ') as [string, string?];
  const url = attempt(() => new URL(address));
  if (!url) return {};
  const utm = tellable(url.searchParams, (key) => UTM.exec(key)?.[1]);
  const from = ORIGIN.exec(referrer)?.[0];
  return { ...(from && from !== url.origin && { referrer: from }), ...(utm && { utm }) };
}

/**
 * @param url address of the page, as it is now
 * @param title `document.title`, or a form that calls itself so and stands in its place
 */
export function pageOf(
  { protocol, pathname, searchParams }: URL,
  title: unknown,
  settings: PageSettings = {},
): PageContext {
  const query = tellable(searchParams, (key) => (settings.query?.includes(key) ? key : undefined));
  return {
    // A file's path names its owner; an address with `data:` is all text.
    path: protocol.startsWith('http') ? tellablePath(pathname) : '/',
    ...(query && { query }),
    ...(settings.title && typeof title === 'string' && title && !isPersonal(title) && { title: cut(title) }),
  };
}

/**
 * The first value of each key, without what is empty or personal.
 * @param nameOf under which name a key is told, if it is
 */
function tellable(
  params: URLSearchParams,
  nameOf: (key: string) => string | undefined,
): Readonly<Record<string, string>> | undefined {
  const told: Record<string, string> = {};
  let room = MAX_KEYS;
  for (const [key, value] of params) {
    const name = nameOf(key);
    const isTold =
      name &&
      // Of keys that reach a prototype the relay refuses all that was said.
      !(name in told) &&
      name !== 'prototype' &&
      value &&
      !isPersonal(value) &&
      room-- > 0;
    if (isTold) told[name] = cut(value, MAX_VALUE);
  }
  return room < MAX_KEYS ? told : undefined;
}
