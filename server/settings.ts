/** The settings file: unknown JSON -> `Settings`, with every problem of its shape. What it means is for `config.ts`. */
import * as v from 'valibot';
import { record } from './record.ts';

/** No one waits for Braze longer than this (docs/architecture.md, promise 5). */
const DEFAULT_DEADLINE = 2_500;

/** Braze documents no time limit of its own; its answers take 10-100 ms (`api/api_limits`), so 10 s is a fault. */
const DEFAULT_BRAZE_TIMEOUT = 10_000;

/** Seconds. A marketer's change is seen within a minute, and a busy page still asks the relay for its flow once a minute at most. */
const DEFAULT_FLOW_MAX_AGE = 60;

const milliseconds = (fallback: number) =>
  v.optional(v.pipe(v.number('should be a number of milliseconds'), v.integer(), v.minValue(1)), fallback);

const originList = v.optional(
  v.array(
    v.string('should be an origin'),
    'should be a list of origins, such as ["https://www.example.com"]',
  ),
  [],
);

const environment = v.strictObject(
  { endpoint: v.optional(v.string('should be a URL')) },
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
    v.strictObject(
      { sandbox: originList, prod: originList },
      'should be {"sandbox": [origins], "prod": [origins]}',
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
};

type Output<Name extends keyof typeof SETTINGS> = v.InferOutput<(typeof SETTINGS)[Name]>;

export interface Settings {
  readonly organization: Output<'organization'>;
  readonly environments: Output<'environments'> | undefined;
  readonly sites: Output<'sites'>;
  readonly deadline: number;
  readonly brazeTimeout: number;
  readonly flowMaxAge: number;
}

/** What stands in for a setting that is wrong while the others are looked at: nothing that makes problems of its own. */
const PLACEHOLDERS: Settings = {
  organization: '',
  environments: undefined,
  sites: {},
  deadline: DEFAULT_DEADLINE,
  brazeTimeout: DEFAULT_BRAZE_TIMEOUT,
  flowMaxAge: DEFAULT_FLOW_MAX_AGE,
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
  };
}

function wordsOf(name: string, issue: v.BaseIssue<unknown>): string {
  const inner = v.getDotPath(issue);
  const isUnknown = issue.type === 'strict_object' && issue.expected === 'never';
  return `${inner === null ? name : `${name}.${inner}`}: ${isUnknown ? 'unknown setting' : issue.message}`;
}
