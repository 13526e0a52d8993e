/** What the page tells of itself, and of how the visitor came by. */
import type { PageSettings } from '../contract/site.ts';
import type { PageContext } from '../contract/wire.ts';
import { attempt, cut, isPersonal, tellablePath } from './path.ts';

/** How the visitor came to the site, told of all its pages in this tab. */
export type Landed = Pick<PageContext, 'referrer' | 'utm'>;

/** Where that is kept from one page to the next. */
export interface LandedMemory {
  readonly read: () => Landed | undefined;
  readonly write: (landed: Landed) => void;
}

/** What there is to tell it by. */
export interface Page {
  /** `location.href` */
  readonly url: string;
  /** Address that the document was loaded by, where it has gone to another since. */
  readonly loaded?: string | undefined;
  /** `document.referrer` */
  readonly referrer: string;
  readonly title: string;
}

/** Longest value of a key of the query, in UTF-16 units. */
const MAX_VALUE = 100;

/** So many of one kind are told: all `utm_*` that are in use, and some of the brand's own. */
const MAX_KEYS = 12;

/** `utm_source`, `utm_source_platform`. What does not look so may be a name or a number. */
const UTM = /^utm_([a-z][a-z_]{0,39})$/;

/** @param landed what an earlier page of this tab found; a new campaign outweighs it */
export function pageContextOf(
  { url, loaded = url, referrer, title }: Page,
  settings: PageSettings = {},
  landed?: Landed,
): { readonly page: PageContext; readonly landed: Landed } {
  const { origin, pathname, searchParams } = new URL(url);
  const utm = tellable([...new URL(loaded).searchParams].map(([key, value]) => [UTM.exec(key)?.[1], value]));
  const query = tellable(settings.query?.map((key) => [key, searchParams.get(key)]));
  const from = /^https?:\/\/[^/@]+(?=\/)/.exec(referrer)?.[0];
  const entry =
    landed && !utm ? landed : { ...(from && from !== origin && { referrer: from }), ...(utm && { utm }) };
  return {
    page: {
      // A file's path names its owner; an address with `data:` is all text.
      path: url.startsWith('http') ? tellablePath(pathname) : '/',
      ...entry,
      ...(query && { query }),
      ...(settings.title && title && !isPersonal(title) && { title: cut(title) }),
    },
    landed: entry,
  };
}

type Told = readonly (readonly [string | undefined, string | null])[];

/** The first of each key, without what is empty or personal. */
function tellable(told: Told = []): Readonly<Record<string, string>> | undefined {
  const values = told
    .flatMap(([key, value]) =>
      // Keys that reach a prototype the relay refuses, with all that was said.
      key && !(key in {}) && key !== 'prototype' && value && !isPersonal(value)
        ? [[key, cut(value, MAX_VALUE)]]
        : [],
    )
    .slice(0, MAX_KEYS)
    .reverse();
  return values[0] && (Object.fromEntries(values) as Record<string, string>);
}

/** This page, at this moment. Remembers how the visitor came. */
export function readPageContext(settings: PageSettings | undefined, memory: LandedMemory): PageContext {
  const { referrer } = document;
  // A form may call itself so, and stands in its place then.
  const title = typeof document.title === 'string' ? document.title : '';
  const before = memory.read();
  const loaded = attempt(
    () => new URL(performance.getEntriesByType('navigation')[0]?.name ?? '').href,
    undefined,
  );
  const { page, landed } = pageContextOf({ url: location.href, loaded, referrer, title }, settings, before);
  if (landed !== before) memory.write(landed);
  return page;
}
