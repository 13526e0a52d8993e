/** The settings file: unknown JSON -> `Settings`, with every problem of its shape. What it means is for `config.ts`. */
import * as v from 'valibot';
import { DEFAULT_LIMITS, LIMITS_SETTING, PROXIES_SETTING, type Limits } from './doors/limits.ts';
import { record } from './record.ts';
import { DEFAULT_RETENTION_SETTINGS, RETENTION_SETTINGS, type RetentionSettings } from './retention.ts';
import { isAbandonedTold, SITE_SETTINGS } from './site-settings.ts';

/** No one waits for Braze longer than this (docs/architecture.md, promise 5). */
const DEFAULT_DEADLINE = 2_500;

/** Braze documents no time limit of its own; its answers take 10-100 ms (`api/api_limits`), so 10 s is a fault. */
const DEFAULT_BRAZE_TIMEOUT = 10_000;

/** Braze's default for `users/track`, combined over the arrays (`api/api_limits`). */
const DEFAULT_OBJECTS = 75;

/** More is a mistake under every contract (`api/api_limits`). */
const MAX_OBJECTS = 75;

/** Braze's default for `users/track`: 3,000 requests in 3 s (`api/api_limits`). */
const DEFAULT_REQUESTS = { limit: 3_000, window: 3_000 };

/** Braze's default for `users/export/ids`: 250 in a minute, of accounts since 22 Aug 2024 (`post_users_identifier`, rate limit). */
const DEFAULT_EXPORTS = { limit: 250, window: 60_000 };

/** Milliseconds. What a visitor does not notice, and long enough for others to join at 100 submissions a second. */
const DEFAULT_LINGER = 15;

/**
 * Requests to Braze under way in one environment. With answers after 40 ms, in the middle of what Braze names (`api/api_limits`),
 * that is 200 requests or 15,000 objects a second: enough for one process, and few enough that requests are filled before they leave.
 */
const DEFAULT_CONCURRENCY = 8;

/** As many requests as Braze takes in a second by default: more of them under way are never of use. */
const MAX_CONCURRENCY = 1_000;

/** A double can be seen by its `submission_id`; what is missing cannot be seen at all. */
const DEFAULT_IN_DOUBT_EVENTS = 'resend';

/** Submissions. Of 2 kB each, that is 200 MB on disk. */
const DEFAULT_SPOOL_LIMIT = 100_000;

/** Milliseconds: timers of Node and of browsers do not take more (a signed number of 32 bits). */
const MAX_TIME = 2_147_483_647;

/** Seconds. A marketer's change is seen within a minute, and a busy page still asks the relay for its flow once a minute at most. */
const DEFAULT_FLOW_MAX_AGE = 60;

const whole = (what: string, least: number, most: number) => {
  const words = `should be a whole number of ${what}, from ${least} to ${most}`;
  return v.pipe(
    v.number(`should be a number of ${what}`),
    v.integer(words),
    v.minValue(least, words),
    v.maxValue(most, words),
  );
};

const milliseconds = (fallback: number, least = 1) =>
  v.optional(whole('milliseconds', least, MAX_TIME), fallback);

const originList = v.optional(
  v.array(
    v.string('should be an origin'),
    'should be a list of origins, such as ["https://www.example.com"]',
  ),
  [],
);

const OBJECTS_WORDS = `should be a whole number from 1 to ${MAX_OBJECTS}, or {"perArray": ${MAX_OBJECTS}} where Braze counts each array for itself`;

const objects = v.pipe(
  v.number(OBJECTS_WORDS),
  v.integer(OBJECTS_WORDS),
  v.minValue(1, OBJECTS_WORDS),
  v.maxValue(MAX_OBJECTS, OBJECTS_WORDS),
);

const REQUESTS_WORDS =
  'should be {"limit": requests, "window": milliseconds}, such as {"limit": 3000, "window": 3000}, or a list of these';

const requestLimit = v.strictObject(
  { limit: whole('requests', 1, 1_000_000), window: whole('milliseconds', 1, MAX_TIME) },
  REQUESTS_WORDS,
);

/** Looked at by its form first, so that a mistake in a limit is told as that. */
const requests = v.lazy((given) =>
  Array.isArray(given)
    ? v.pipe(v.array(requestLimit), v.minLength(1, 'should have one limit at least'))
    : requestLimit,
);

const exportLimit = v.strictObject(
  requestLimit.entries,
  'should be {"limit": requests, "window": milliseconds}, such as {"limit": 250, "window": 60000}',
);

const environment = v.strictObject(
  {
    endpoint: v.optional(v.string('should be a URL')),
    objects: v.optional(
      v.union([objects, v.strictObject({ perArray: objects })], OBJECTS_WORDS),
      DEFAULT_OBJECTS,
    ),
    requests: v.optional(requests, DEFAULT_REQUESTS),
    exports: v.optional(exportLimit, DEFAULT_EXPORTS),
  },
  'should be an object with an "endpoint"',
);

/** Each setting for itself, so that a mistake in one hides none in another. */
const SETTINGS = {
  organization: v.pipe(
    v.string('missing; it should name the brand in PascalCase, such as "TarnAndTor"'),
    v.regex(/^[A-Z][A-Za-z0-9]*$/, 'should be PascalCase, such as "TarnAndTor"'),
  ),
  environments: v.optional(
    v.strictObject(
      { sandbox: v.optional(environment, {}), prod: v.optional(environment, {}) },
      'should be an object with "sandbox" and "prod"',
    ),
    {},
  ),
  sites: record(
    v.pipe(
      v.string(),
      v.regex(/^[a-z0-9][a-z0-9-]*$/, 'should be lower case with dashes, such as "tarn-and-tor"'),
    ),
    v.pipe(
      v.strictObject(
        { sandbox: originList, prod: originList, ...SITE_SETTINGS },
        'should be {"sandbox": [origins], "prod": [origins]}',
      ),
      v.forward(
        v.check(
          (site) => isAbandonedTold(site),
          'does nothing without "abandoned" among the "events", or "counts": name it there',
        ),
        ['abandoned_after'],
      ),
    ),
    'missing; it should be {"<site>": {"sandbox": [origins], "prod": [origins]}}',
  ),
  deadline: milliseconds(DEFAULT_DEADLINE),
  brazeTimeout: milliseconds(DEFAULT_BRAZE_TIMEOUT),
  flowMaxAge: v.optional(
    v.pipe(
      v.number('should be a number of seconds'),
      v.integer('should be a whole number of seconds'),
      v.minValue(0, 'should be 0 or more seconds'),
    ),
    DEFAULT_FLOW_MAX_AGE,
  ),
  linger: milliseconds(DEFAULT_LINGER, 0),
  concurrency: v.optional(whole('requests', 1, MAX_CONCURRENCY), DEFAULT_CONCURRENCY),
  batching: v.optional(v.boolean('should be true or false'), true),
  inDoubtEvents: v.optional(
    v.picklist(['resend', 'drop'], 'should be "resend" (they may be twice) or "drop" (they may be missing)'),
    DEFAULT_IN_DOUBT_EVENTS,
  ),
  changesOnly: v.optional(v.boolean('should be true or false'), false),
  spoolLimit: v.optional(whole('submissions', 1, Number.MAX_SAFE_INTEGER), DEFAULT_SPOOL_LIMIT),
  retention: RETENTION_SETTINGS,
  limits: LIMITS_SETTING,
  trustedProxies: PROXIES_SETTING,
};

type Output<Name extends keyof typeof SETTINGS> = v.InferOutput<(typeof SETTINGS)[Name]>;

export interface Settings {
  readonly organization: Output<'organization'>;
  readonly environments: Output<'environments'> | undefined;
  readonly sites: Output<'sites'>;
  readonly deadline: number;
  readonly brazeTimeout: number;
  readonly flowMaxAge: number;
  readonly linger: number;
  readonly concurrency: number;
  readonly batching: boolean;
  readonly inDoubtEvents: Output<'inDoubtEvents'>;
  readonly changesOnly: boolean;
  readonly spoolLimit: number;
  readonly retention: RetentionSettings;
  readonly limits: Limits;
  readonly trustedProxies: readonly string[];
}

/** What stands in for a setting that is wrong while the others are looked at: nothing that makes problems of its own. */
const PLACEHOLDERS: Settings = {
  organization: '',
  environments: undefined,
  sites: {},
  deadline: DEFAULT_DEADLINE,
  brazeTimeout: DEFAULT_BRAZE_TIMEOUT,
  flowMaxAge: DEFAULT_FLOW_MAX_AGE,
  linger: DEFAULT_LINGER,
  concurrency: DEFAULT_CONCURRENCY,
  batching: true,
  inDoubtEvents: DEFAULT_IN_DOUBT_EVENTS,
  changesOnly: false,
  spoolLimit: DEFAULT_SPOOL_LIMIT,
  retention: DEFAULT_RETENTION_SETTINGS,
  limits: DEFAULT_LIMITS,
  trustedProxies: [],
};

/** @param problems what is wrong is added to it, a line each */
export function readSettings(value: unknown, problems: string[]): Settings {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push('settings: should be a JSON object');
    return PLACEHOLDERS;
  }
  const given = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(SETTINGS, name))
      problems.push(`${name}: unknown setting; known are ${Object.keys(SETTINGS).join(', ')}`);
  }
  const read = <Schema extends v.GenericSchema, Placeholder>(
    name: keyof Settings,
    schema: Schema,
    placeholder: Placeholder,
  ): v.InferOutput<Schema> | Placeholder => {
    const parsed = v.safeParse(schema, given[name]);
    if (parsed.success) return parsed.output;
    problems.push(...parsed.issues.map((issue) => wordsOf(name, issue)));
    return placeholder;
  };
  return {
    organization: read('organization', SETTINGS.organization, PLACEHOLDERS.organization),
    environments: read('environments', SETTINGS.environments, PLACEHOLDERS.environments),
    sites: read('sites', SETTINGS.sites, PLACEHOLDERS.sites),
    deadline: read('deadline', SETTINGS.deadline, PLACEHOLDERS.deadline),
    brazeTimeout: read('brazeTimeout', SETTINGS.brazeTimeout, PLACEHOLDERS.brazeTimeout),
    flowMaxAge: read('flowMaxAge', SETTINGS.flowMaxAge, PLACEHOLDERS.flowMaxAge),
    linger: read('linger', SETTINGS.linger, PLACEHOLDERS.linger),
    concurrency: read('concurrency', SETTINGS.concurrency, PLACEHOLDERS.concurrency),
    batching: read('batching', SETTINGS.batching, PLACEHOLDERS.batching),
    inDoubtEvents: read('inDoubtEvents', SETTINGS.inDoubtEvents, PLACEHOLDERS.inDoubtEvents),
    changesOnly: read('changesOnly', SETTINGS.changesOnly, PLACEHOLDERS.changesOnly),
    spoolLimit: read('spoolLimit', SETTINGS.spoolLimit, PLACEHOLDERS.spoolLimit),
    retention: read('retention', SETTINGS.retention, PLACEHOLDERS.retention),
    limits: read('limits', SETTINGS.limits, PLACEHOLDERS.limits),
    trustedProxies: read('trustedProxies', SETTINGS.trustedProxies, PLACEHOLDERS.trustedProxies),
  };
}

function wordsOf(name: string, issue: v.BaseIssue<unknown>): string {
  const inner = v.getDotPath(issue);
  const isUnknown = issue.type === 'strict_object' && issue.expected === 'never';
  return `${inner === null ? name : `${name}.${inner}`}: ${isUnknown ? 'unknown setting' : issue.message}`;
}
