/** What the inspector's lists show of profiles and requests, and how they are searched. Pure. */
import type { UserAlias } from './identifier.ts';
import type { JournalEntry } from './journal.ts';
import { isObject } from './json.ts';
import type { Profile } from './profiles.ts';

/** Who it is, and how much there is to see. */
export interface ProfileSummary {
  readonly braze_id: string;
  readonly external_id?: string;
  readonly user_aliases: readonly UserAlias[];
  /** Of the standard fields, those that say who it is. */
  readonly standard: Readonly<Record<string, unknown>>;
  /** How many there are of each. */
  readonly counts: Readonly<
    Record<'attributes' | 'events' | 'purchases' | 'canvas_entries' | 'campaign_sends', number>
  >;
  /** ISO 8601 in UTC. */
  readonly updated_at: string;
}

/** One request in a line. */
export interface EntrySummary extends Pick<
  JournalEntry,
  'id' | 'workspace' | 'at' | 'method' | 'path' | 'status' | 'verdict'
> {
  /** How many elements each array of the body has; `undefined` if the body is no JSON object. */
  readonly cargo: Readonly<Record<string, number>> | undefined;
}

/** Which part of a list is asked for. */
export interface PageQuery {
  /** Words that all have to occur, in any letter case; everything if empty. */
  readonly search: string;
  readonly limit: number;
  /** How many are passed over. */
  readonly offset: number;
}

/** A part of a list, and how many there are in all that the search found. */
export interface Page<Row> {
  readonly total: number;
  readonly rows: readonly Row[];
}

const telling = ['first_name', 'last_name', 'email', 'phone'] as const;

/** The profiles that the search finds by identifier, address or name; most recently updated first. */
export function pageOfProfiles(profiles: readonly Profile[], query: PageQuery): Page<ProfileSummary> {
  const isMeant = searchFor(query.search);
  // Those that were created last come first among equals: many are updated in the same millisecond.
  const found = profiles.filter((profile) => isMeant(textOfProfile(profile))).reverse();
  return page(found.sort(latestFirst), query, summaryOfProfile);
}

/** The requests that the search finds by path, status, verdict or anything in the body; newest first. */
export function pageOfEntries(entries: readonly JournalEntry[], query: PageQuery): Page<EntrySummary> {
  const isMeant = searchFor(query.search);
  return page(entries.filter((entry) => isMeant(textOfEntry(entry))).reverse(), query, summaryOfEntry);
}

function page<Item, Row>(
  found: readonly Item[],
  { limit, offset }: PageQuery,
  rowOf: (item: Item) => Row,
): Page<Row> {
  return { total: found.length, rows: found.slice(offset, offset + limit).map(rowOf) };
}

function searchFor(search: string): (text: () => string) => boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return () => true;
  return (textOf) => {
    const text = textOf().toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

const textOfProfile = (profile: Profile) => (): string =>
  [
    profile.braze_id,
    profile.external_id,
    ...profile.user_aliases.map((alias) => alias.alias_name),
    ...telling.map((field) => profile.standard[field]),
  ].join('\n');

const textOfEntry =
  ({ method, path, status, verdict, rawBody }: JournalEntry) =>
  (): string =>
    [method, path, status, verdict, rawBody].join('\n');

/** Times in one format compare as text, at a tenth of what comparing by a language's rules takes. */
function latestFirst(one: Profile, other: Profile): number {
  if (one.updated_at === other.updated_at) return 0;
  return one.updated_at < other.updated_at ? 1 : -1;
}

function summaryOfProfile(profile: Profile): ProfileSummary {
  const { braze_id, external_id, user_aliases, standard, updated_at } = profile;
  return {
    braze_id,
    ...(external_id === undefined ? {} : { external_id }),
    user_aliases,
    standard: Object.fromEntries(
      telling.filter((field) => standard[field] !== undefined).map((field) => [field, standard[field]]),
    ),
    counts: {
      attributes: Object.keys(standard).length + Object.keys(profile.custom_attributes).length,
      events: profile.events.length,
      purchases: profile.purchases.length,
      canvas_entries: profile.canvas_entries.length,
      campaign_sends: profile.campaign_sends.length,
    },
    updated_at,
  };
}

export function summaryOfEntry(entry: JournalEntry): EntrySummary {
  const { id, workspace, at, method, path, status, verdict, body } = entry;
  return {
    id,
    workspace,
    at,
    method,
    path,
    status,
    verdict,
    cargo: isObject(body) ? cargoOf(body) : undefined,
  };
}

function cargoOf(body: Readonly<Record<string, unknown>>): Readonly<Record<string, number>> {
  const arrays = Object.entries(body).filter(([, value]) => Array.isArray(value));
  return Object.fromEntries(arrays.map(([name, value]) => [name, (value as readonly unknown[]).length]));
}
