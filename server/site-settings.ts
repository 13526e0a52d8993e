/**
 * A site's settings, unknown JSON, and what its pages may know of them: `PublishedSite`. Most is published as it stands here; of the
 * lifecycle events only which there are.
 */
import * as v from 'valibot';
import type { LifecycleEvent, PublishedSite, Told } from '../widget/contract/site.ts';
import { eventNameProblem } from './braze/checks.ts';
import { identitySettings, profileKey } from './identity/identity-settings.ts';
import { unverifiedSetting } from './identity/unverified.ts';
import { CHALLENGE_SETTING } from './doors/challenge-setting.ts';

/** What is told of a site's conversations beside what their flows write. */
export interface SiteEvents {
  /** Under which names at Braze. What has no name is not told. */
  readonly names: Readonly<Partial<Record<LifecycleEvent, string>>>;
  /** Milliseconds of which nothing is heard of a conversation that was left, until it is abandoned. */
  readonly abandonedAfter: number;
  /** Whether it is counted where people leave. */
  readonly counts: boolean;
}

/** What is done at Braze about visitors who are erased. */
export interface ErasureSetting {
  /** Profiles are deleted that are the visitor's alias's alone. */
  readonly deletes: boolean;
  /** Name of the event by which the brand hears of all others. */
  readonly event: string;
}

const DEFAULT_ERASURE_EVENT = 'chat_erasure_requested';

/** Seconds: the idle time after which Google Analytics ends a session by default (support.google.com/analytics/answer/2795871). */
const DEFAULT_ABANDONED_AFTER = 1_800;

/** Seconds. A day: who comes back later comes for something else. */
export const MAX_ABANDONED_AFTER = 86_400;

/** Seconds. Who goes from page to page is asked for once; and what a campaign has written is seen within a minute. */
const DEFAULT_PROFILE_MAX_AGE = 60;

/** Seconds. An hour: what is kept for longer is a copy of the workspace. */
const MAX_PROFILE_MAX_AGE = 3_600;

/** More rules than any site has, and few enough for a page to run through. */
const MAX_RULES = 200;

/** Tags that a page keeps (`widget/page/tags.ts`): more of one rule would drop each other. */
const MAX_TAGS = 20;

const flag = v.optional(v.boolean('should be true or false'));

const words = (what: string, most: number) =>
  v.pipe(
    v.array(
      v.pipe(v.string(`should be ${what}`), v.minLength(1, `should be ${what}`)),
      `should be a list of ${what}`,
    ),
    v.maxLength(most, `should be ${most} at most`),
  );

const PATH_WORDS = 'should be a path such as "/shoes/*" or "/journal/**"';

const pathTags = v.strictObject(
  {
    path: v.pipe(v.string(PATH_WORDS), v.regex(/^\/[^?#\s]*$/, PATH_WORDS)),
    tags: words('tags', MAX_TAGS),
  },
  'should be {"path": "/shoes/*", "tags": ["shoes"]}',
);

const purpose = v.pipe(
  v.number('should be a number'),
  v.integer('should be a whole number'),
  v.minValue(1, 'should be 1 or more'),
);

const eventName = v.optional(
  v.pipe(
    v.string('should be the name of a Braze event, such as "chat_started"'),
    v.check(
      (name) => eventNameProblem(name) === undefined,
      ({ input }) => eventNameProblem(input) ?? '',
    ),
  ),
);

const ABANDONED_AFTER_WORDS = `should be a whole number of seconds, from 1 to ${MAX_ABANDONED_AFTER}`;

const PROFILE_MAX_AGE_WORDS = `should be a whole number of seconds, from 0 (profiles are not kept) to ${MAX_PROFILE_MAX_AGE}`;

const seconds = (least: number, most: number, should: string) =>
  v.pipe(v.number(should), v.integer(should), v.minValue(least, should), v.maxValue(most, should));

/** A record, so that the compiler asks for each. In the order in which they are published. */
const EVENT_NAMES = {
  started: eventName,
  completed: eventName,
  handed_off: eventName,
  abandoned: eventName,
  page: eventName,
} as const satisfies Readonly<Record<LifecycleEvent, unknown>>;

/** Each setting of a site beside its origins. */
export const SITE_SETTINGS = {
  identity: identitySettings,
  profile: profileKey,
  unverified: unverifiedSetting,
  check_joins: flag,
  events: v.optional(v.strictObject(EVENT_NAMES, 'should be an object such as {"started": "chat_started"}')),
  abandoned_after: v.optional(seconds(1, MAX_ABANDONED_AFTER, ABANDONED_AFTER_WORDS)),
  counts: flag,
  erasure: v.optional(
    v.strictObject(
      { delete: flag, event: eventName },
      'should be an object such as {"delete": true, "event": "chat_erasure_requested"}',
    ),
  ),
  profile_max_age: v.optional(seconds(0, MAX_PROFILE_MAX_AGE, PROFILE_MAX_AGE_WORDS)),
  tags: v.optional(
    v.strictObject(
      {
        meta: flag,
        elements: flag,
        json_ld: flag,
        open_graph: flag,
        paths: v.optional(
          v.pipe(
            v.array(pathTags, 'should be a list of rules'),
            v.maxLength(MAX_RULES, `should be ${MAX_RULES} at most`),
          ),
        ),
        data_layer: v.optional(words('keys, such as "page.category"', MAX_RULES)),
      },
      'should be an object such as {"paths": [{"path": "/shoes/*", "tags": ["shoes"]}]}',
    ),
  ),
  page: v.optional(
    v.strictObject(
      { query: v.optional(words('keys of the query', MAX_RULES)), title: flag },
      'should be an object such as {"query": ["size"], "title": true}',
    ),
  ),
  challenge: CHALLENGE_SETTING,
  entry: v.optional(v.strictObject({ query: flag }, 'should be an object such as {"query": true}')),
  consent: v.optional(
    v.strictObject(
      {
        google: v.optional(words('types of Google Consent Mode, such as "analytics_storage"', MAX_RULES)),
        tcf: v.optional(
          v.strictObject(
            {
              purposes: v.pipe(
                v.array(purpose, 'should be a list of purposes'),
                v.minLength(1, 'should have one purpose at least, such as [1]'),
              ),
              vendor: v.optional(purpose),
            },
            'should be an object such as {"purposes": [1, 3]}',
          ),
        ),
      },
      'should be an object such as {"google": ["analytics_storage"]}',
    ),
  ),
} as const;

/** An idle time without an event would do nothing. */
export const isAbandonedTold = ({ events, abandoned_after, counts }: Parsed): boolean =>
  abandoned_after === undefined || events?.abandoned !== undefined || counts === true;

type Parsed = { readonly [Part in keyof typeof SITE_SETTINGS]?: v.InferOutput<(typeof SITE_SETTINGS)[Part]> };

/** Of a site whose settings name none of these: `undefined`. What is absent stays absent in JSON. */
export function publishedSiteOf({
  events = {},
  counts,
  tags,
  page,
  entry,
  consent,
}: Parsed): PublishedSite | undefined {
  const names = Object.keys(EVENT_NAMES) as LifecycleEvent[];
  const told: Told[] = names.filter((name) => events[name] !== undefined || isNeeded(name, events, counts));
  if (counts) told.push('passed');
  const site = { tags, page, entry, consent, events: told.length > 0 ? told : undefined };
  if (Object.values(site).every((part) => part === undefined)) return undefined;
  return JSON.parse(JSON.stringify(site)) as PublishedSite;
}

/**
 * With `started` a browser gets the visitor credential without which it can tell of no departure; with `completed` an earlier departure is
 * void, and who corrects an answer after that has not come back to it. Counts go with these and with `handed_off`, and who has left is
 * counted by `abandoned`.
 */
const isNeeded = (
  name: LifecycleEvent,
  { abandoned }: NonNullable<Parsed['events']>,
  counts = false,
): boolean =>
  name === 'started' || name === 'completed' ? counts || abandoned !== undefined : counts && name !== 'page';

export function siteEventsOf({
  events = {},
  abandoned_after = DEFAULT_ABANDONED_AFTER,
  counts = false,
}: Parsed): SiteEvents {
  return {
    names: JSON.parse(JSON.stringify(events)) as SiteEvents['names'],
    abandonedAfter: abandoned_after * 1_000,
    counts,
  };
}

export const erasureSettingOf = ({ erasure }: Parsed): ErasureSetting | undefined =>
  erasure && { deletes: erasure.delete ?? false, event: erasure.event ?? DEFAULT_ERASURE_EVENT };

/** Milliseconds. */
export const profileMaxAgeOf = ({ profile_max_age = DEFAULT_PROFILE_MAX_AGE }: Parsed): number =>
  profile_max_age * 1_000;
