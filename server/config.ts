/**
 * Settings file and environment variables, unknown as they come -> `RelayConfig`, or every problem at once. Nothing
 * behind this checks again.
 */
import { checkEndpoint } from './braze/endpoints.ts';
import type { IdentitySettings, ProfileKey } from './identity/identity-settings.ts';
import type { Unverified } from './identity/unverified.ts';
import { findKeys, type FoundKey } from './key-search.ts';
import { createRedaction } from './redaction.ts';
import { brazeKeyProblem, guessProblem, isPlaceholder, sharedSecrets, SHORTEST_SECRET } from './secrets.ts';
import type { Challenge } from './doors/challenge.ts';
import { hostsOfOwn, hostsProblem, verifyProblem } from './doors/challenge-setting.ts';
import type { Limits } from './doors/limits.ts';
import { readSettings, type Settings } from './settings.ts';
import { retentionOf, type Retention } from './retention.ts';
import {
  erasureSettingOf,
  profileMaxAgeOf,
  publishedSiteOf,
  siteEventsOf,
  type ErasureSetting,
  type SiteEvents,
} from './site-settings.ts';
import type { PublishedSite } from '../widget/contract/site.ts';

/** All that there can be. */
export const ENVIRONMENTS = ['sandbox', 'prod'] as const;

export type EnvironmentName = (typeof ENVIRONMENTS)[number];

/** A Braze workspace to write to. */
export interface BrazeEnvironment {
  readonly name: EnvironmentName;
  /** E.g. `https://rest.iad-01.braze.com`. */
  readonly endpoint: string;
  /** The REST API key. A function, so that no log, error or dump of the settings can show it. */
  readonly key: () => string;
  /** How many objects one request may carry: all arrays together, or each of them. By contract (`api/api_limits`). */
  readonly objects: { readonly limit: number; readonly per: 'request' | 'array' };
  readonly requests: Requests;
  /** How many times profiles may be asked for, by contract (`post_users_identifier`, rate limit). */
  readonly exports: RequestLimit;
}

/** How many requests may leave, by contract (`api/api_limits`): where there are several limits, each of them holds. */
export type Requests = RequestLimit | readonly RequestLimit[];

export interface RequestLimit {
  readonly limit: number;
  /** Milliseconds. Of an hour and more: the clock's. Shorter ones may begin at any time. */
  readonly window: number;
}

/** Who a page belongs to, by its origin. */
export interface PageOwner {
  readonly site: string;
  readonly environment: BrazeEnvironment;
  /** What the site's settings let its pages know. */
  readonly published: PublishedSite | undefined;
  /** What is told of its conversations. */
  readonly events: SiteEvents;
  /** Whose word is taken for who is signed in. Without it nobody's. */
  readonly identity: IdentitySettings | undefined;
  /** By which answer profiles are known of visitors whom nobody vouches for. Without it they have an alias. */
  readonly profile: ProfileKey | undefined;
  /** What visitors may do all the same of whom the brand's backend has not vouched. */
  readonly unverified?: Unverified | undefined;
  /** Whether it is looked at if joins of profiles had effect. */
  readonly checksJoins?: boolean | undefined;
  /** What is done at Braze about visitors who are erased. Absent: everything is left there. */
  readonly erasure?: ErasureSetting | undefined;
  /** Milliseconds that a profile which was read from Braze is kept; with 0 it is not. */
  readonly profileMaxAge: number;
  /** What its new visitors have to bring. */
  readonly challenge: Challenge | undefined;
}

export interface RelayConfig {
  /** Names the brand to Braze in `User-Agent: partner-<organization>-Parley/<version>`. PascalCase. */
  readonly organization: string;
  /** The allow-list: page origin -> whose page it is and which workspace its visitors are written to. */
  readonly origins: ReadonlyMap<string, PageOwner>;
  /** Those that pages are written to. */
  readonly environments: ReadonlyMap<EnvironmentName, BrazeEnvironment>;
  /** What this relay may use of so many requests that are not in the settings, where others on stores of their own use the rest. Absent: all. */
  readonly partOf?: (requests: number) => number;
  /** Signs visitor credentials and sessions. At least 32 bytes (RFC 7518, section 3.2: as long as the hash). */
  readonly sessionSecret: () => Uint8Array;
  /** The one before, or the one to come while it is made known to every process: what it has signed holds, and it signs nothing. */
  readonly previousSessionSecret?: (() => Uint8Array) | undefined;
  /** Opens `POST /v1/entry-links`. Without it there is no such endpoint. */
  readonly entryLinkKey: (() => string) | undefined;
  /** Milliseconds that a visitor waits for Braze. */
  readonly deadline: number;
  /** Milliseconds after which a request to Braze is given up. */
  readonly brazeTimeout: number;
  /** Seconds that a published flow may be shown without asking again. With 0 it is asked for each time. */
  readonly flowMaxAge: number;
  /** Milliseconds that a submission waits at most for others to share its request with, while another request is under way. */
  readonly linger: number;
  /** Requests to Braze that one process has under way at most, for each environment. */
  readonly concurrency: number;
  /** Whether submissions share requests to Braze. Without, each has one of its own. */
  readonly batching: boolean;
  /** What becomes of events that Braze may have counted already. Attributes are sent again in any case, except counters. */
  readonly inDoubtEvents: 'resend' | 'drop';
  /** Whether attributes are left out that are as Braze acknowledged them last. */
  readonly changesOnly: boolean;
  /** Submissions that the relay has taken on and not delivered: with more it refuses, and the browser keeps them. */
  readonly spoolLimit: number;
  /** All of its secrets: to be kept out of the log, and found where they should not be. */
  readonly secrets: () => readonly string[];
  readonly retention: Retention;
  /** How often somebody may knock. */
  readonly limits: Limits;
  /** Addresses and networks of the proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
}

/** Every problem of the settings, one a line: its name, what is wrong, what would be right. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  /** Those that could be read: to be kept out of whatever is said besides. A function, as a key is one. */
  readonly secrets: () => readonly string[];
  constructor(problems: readonly string[], secrets: ConfigError['secrets']) {
    super(`The relay cannot start with these settings:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
    this.problems = problems;
    this.secrets = secrets;
  }
}

export interface ConfigSources {
  /** The parsed JSON settings file. */
  readonly settings: unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a secret's file, where the runtime has files. Throws if it cannot. */
  readonly readFile?: (path: string) => string;
}

/** What is read of them, and the secrets that were read so far, by the names of their variables. */
interface Reading extends ConfigSources {
  readonly secrets: Map<string, string>;
}

const MIN_SECRET_BYTES = 32;

/** @throws {ConfigError} with every problem that was found */
export function parseConfig(given: ConfigSources): RelayConfig {
  const problems: string[] = [];
  const secrets = new Map<string, string>();
  const sources: Reading = { ...given, secrets };
  const settings = readSettings(sources.settings, problems);
  const sessionSecret = readSessionSecret(sources, problems);
  const previousSessionSecret = readPreviousSessionSecret(sources, problems);
  const entryLinkKey = readEntryLinkKey(sources, problems);
  const environments = environmentsOf(settings, sources, problems);
  const origins = ownersOf(settings, environments, sources, problems);
  if (settings.linger >= settings.deadline) {
    problems.push(
      `linger: ${settings.linger} ms should be less than the deadline, which is ${settings.deadline} ms`,
    );
  }
  if (origins.size === 0 && problems.length === 0) {
    problems.push(
      'sites: no origin is allowed; name at least one, such as {"shop": {"sandbox": ["https://staging.example.com"]}}',
    );
  }
  if (!isDevelopment(sources)) {
    for (const [name, before] of sharedSecrets(secrets))
      problems.push(`${name}: is the same as ${before}; each should be its own`);
  }
  const own = [...secrets.values()];
  const found = findKeys(sources.settings, { secrets: own });
  problems.push(...found.map(wordsForKey));
  if (problems.length > 0) {
    // Where the sites cannot be read, nothing has asked for the keys yet.
    for (const name of ENVIRONMENTS) readSecret(sources, keyVariable(name), '', []);
    const known = [...secrets.values()];
    const hidden = [...known, ...found.map(({ key }) => key)];
    throw new ConfigError(problems.map(createRedaction(() => hidden)), () => known);
  }
  return {
    organization: settings.organization,
    origins,
    environments,
    sessionSecret: () => sessionSecret,
    previousSessionSecret: previousSessionSecret && (() => previousSessionSecret),
    entryLinkKey: entryLinkKey === undefined ? undefined : () => entryLinkKey,
    deadline: settings.deadline,
    brazeTimeout: settings.brazeTimeout,
    flowMaxAge: settings.flowMaxAge,
    linger: settings.linger,
    concurrency: settings.concurrency,
    batching: settings.batching,
    inDoubtEvents: settings.inDoubtEvents,
    changesOnly: settings.changesOnly,
    spoolLimit: settings.spoolLimit,
    secrets: () => own,
    retention: retentionOf(settings.retention),
    limits: settings.limits,
    trustedProxies: settings.trustedProxies,
  };
}

function isDevelopment({ env }: Pick<ConfigSources, 'env'>): boolean {
  return env['PARLEY_DEVELOPMENT'] === '1';
}

function wordsForKey({ path }: FoundKey): string {
  const where = path.length === 0 ? 'settings' : path.join('.');
  return `${where}: has what looks like a key; secrets stand in variables or in files of their own (BRAZE_PROD_KEY_FILE), and one that stood here should be replaced`;
}

function environmentsOf(
  settings: Settings,
  sources: Reading,
  problems: string[],
): ReadonlyMap<EnvironmentName, BrazeEnvironment> {
  const used = ENVIRONMENTS.filter((name) =>
    Object.values(settings.sites).some((site) => site[name].length > 0),
  );
  const environments = new Map<EnvironmentName, BrazeEnvironment>();
  for (const name of used) {
    const endpoint = readEndpoint(settings, name, sources, problems);
    const key = readBrazeKey(sources, name, problems);
    const limits = limitsOf(settings, name);
    if (endpoint !== undefined && key !== undefined && limits !== undefined)
      environments.set(name, { name, endpoint, key: () => key, ...limits });
  }
  return environments;
}

function readBrazeKey(sources: Reading, name: EnvironmentName, problems: string[]): string | undefined {
  const variable = keyVariable(name);
  const what = `the REST API key of the ${name} workspace`;
  const key = readSecret(sources, variable, what, problems);
  const problem = key === undefined || isDevelopment(sources) ? undefined : brazeKeyProblem(key);
  if (problem === undefined) return key;
  problems.push(`${variable}: ${problem}; set it, or ${variable}_FILE, to ${what}`);
  return undefined;
}

function keyVariable(name: EnvironmentName): string {
  return `BRAZE_${name.toUpperCase()}_KEY`;
}

function limitsOf(
  settings: Settings,
  name: EnvironmentName,
): Pick<BrazeEnvironment, 'objects' | 'requests' | 'exports'> | undefined {
  const given = settings.environments?.[name];
  if (given === undefined) return undefined;
  const { objects, requests, exports } = given;
  return {
    objects:
      typeof objects === 'number'
        ? { limit: objects, per: 'request' }
        : { limit: objects.perArray, per: 'array' },
    requests,
    exports,
  };
}

function readEndpoint(
  settings: Settings,
  name: EnvironmentName,
  { env }: ConfigSources,
  problems: string[],
): string | undefined {
  const variable = `BRAZE_${name.toUpperCase()}_ENDPOINT`;
  const setting = `environments.${name}.endpoint`;
  const value = env[variable] ?? settings.environments?.[name].endpoint;
  if (value === undefined) {
    if (settings.environments) {
      problems.push(`${setting}: missing; set it or ${variable} to the workspace's REST endpoint`);
    }
    return undefined;
  }
  const checked = checkEndpoint(value, isDevelopment({ env }));
  if ('endpoint' in checked) return checked.endpoint;
  problems.push(`${env[variable] === undefined ? setting : variable}: ${checked.problem}`);
  return undefined;
}

function readSessionSecret(
  sources: Reading,
  problems: string[],
  name: 'SESSION_SECRET' | 'SESSION_SECRET_PREVIOUS' = 'SESSION_SECRET',
): Uint8Array {
  const what = `at least ${MIN_SECRET_BYTES} random bytes, such as the output of: openssl rand -base64 32`;
  return new TextEncoder().encode(readMadeSecret(sources, name, what, problems) ?? '');
}

/** Only where it is set: before a change, as the one to come, and after it, until nobody comes any more with what the one before has signed. */
function readPreviousSessionSecret(sources: Reading, problems: string[]): Uint8Array | undefined {
  const { env } = sources;
  const name = 'SESSION_SECRET_PREVIOUS';
  if (env[name] === undefined && env[`${name}_FILE`] === undefined) return undefined;
  return readSessionSecret(sources, problems, name);
}

/** Only where it is set. Set and empty it is a mistake: an endpoint that is not there by an accident fails while Braze sends. */
function readEntryLinkKey(sources: Reading, problems: string[]): string | undefined {
  const { env } = sources;
  if (env['ENTRY_LINK_KEY'] === undefined && env['ENTRY_LINK_KEY_FILE'] === undefined) return undefined;
  const what = `at least ${MIN_SECRET_BYTES} random characters, such as the output of: openssl rand -base64 32`;
  return readMadeSecret(sources, 'ENTRY_LINK_KEY', what, problems);
}

/** One that nobody may guess, whoever has made it up. As ASCII it has as many bytes as characters. */
function readMadeSecret(
  sources: Reading,
  name: string,
  what: string,
  problems: string[],
  least = MIN_SECRET_BYTES,
): string | undefined {
  const secret = readSecret(sources, name, what, problems, least);
  const guess = secret === undefined || isDevelopment(sources) ? undefined : guessProblem(secret);
  if (guess === undefined) return secret;
  problems.push(`${name}: ${guess}, so it can be guessed; it should be ${what}`);
  return undefined;
}

function leastOf(sources: Reading): number {
  return isDevelopment(sources) ? 1 : SHORTEST_SECRET;
}

/** A secret from `NAME`, or from the file that `NAME_FILE` names. Its value is in no message. */
function readSecret(
  sources: Reading,
  name: string,
  what: string,
  problems: string[],
  least = leastOf(sources),
): string | undefined {
  const { env, readFile } = sources;
  const file = env[`${name}_FILE`];
  if (env[name] !== undefined && file !== undefined) {
    problems.push(`${name}: both ${name} and ${name}_FILE are set; keep one of them`);
    return undefined;
  }
  const value = file === undefined ? env[name] : contentOf(file, name, readFile, problems);
  if (file !== undefined && value === undefined) return undefined;
  const secret = value?.trim() ?? '';
  if (secret === '') problems.push(`${name}: missing; set it, or ${name}_FILE, to ${what}`);
  // A header cannot carry anything else (RFC 9110, section 5.5); a stray line break would make every request fail.
  else if (!/^[\x21-\x7e]+$/.test(secret)) problems.push(`${name}: should be printable ASCII without spaces`);
  else if (secret.length < least)
    problems.push(`${name}: ${secret.length} bytes are too few; it should be ${what}`);
  else if (!isDevelopment(sources) && isPlaceholder(secret))
    problems.push(`${name}: is a placeholder; set it, or ${name}_FILE, to ${what}`);
  else {
    sources.secrets.set(name, secret);
    return secret;
  }
  return undefined;
}

function contentOf(
  file: string,
  name: string,
  readFile: ConfigSources['readFile'],
  problems: string[],
): string | undefined {
  try {
    if (readFile) return readFile(file);
    problems.push(`${name}_FILE: this runtime has no files; set ${name} itself`);
  } catch {
    problems.push(
      `${name}_FILE: cannot be read; it should be the path of a file that holds the secret alone`,
    );
  }
  return undefined;
}

function ownersOf(
  settings: Settings,
  environments: ReadonlyMap<EnvironmentName, BrazeEnvironment>,
  sources: Reading,
  problems: string[],
): ReadonlyMap<string, PageOwner> {
  const owners = new Map<string, PageOwner>();
  const taken = new Map<string, string>();
  for (const [site, origins] of Object.entries(settings.sites)) {
    const published = publishedSiteOf(origins);
    const events = siteEventsOf(origins);
    const { identity, profile, unverified, check_joins: checksJoins } = origins;
    const erasure = erasureSettingOf(origins);
    const profileMaxAge = profileMaxAgeOf(origins);
    const challenge = challengeOf(settings, site, sources, problems);
    for (const name of ENVIRONMENTS) {
      for (const [index, origin] of origins[name].entries()) {
        const at = `sites.${site}.${name}.${index}`;
        const before = taken.get(origin);
        if (!isOrigin(origin))
          problems.push(`${at}: "${origin}" should be an origin, such as https://www.example.com`);
        else if (before !== undefined) problems.push(`${at}: "${origin}" stands at ${before} already`);
        taken.set(origin, at);
        const environment = environments.get(name);
        if (environment) {
          const own = {
            published,
            events,
            identity: identity?.[name],
            profile,
            unverified,
            checksJoins,
            erasure,
            profileMaxAge,
          };
          owners.set(origin, { site, environment, ...own, challenge: challenge?.[name] });
        }
      }
    }
  }
  return owners;
}

function challengeOf(
  settings: Settings,
  site: string,
  sources: Reading,
  problems: string[],
): Readonly<Record<EnvironmentName, Challenge>> | undefined {
  const { challenge: given, sandbox = [], prod = [] } = settings.sites[site] ?? {};
  if (given === undefined) return undefined;
  const { verify, secret: variable, hostname, action } = given;
  const hostnames = hostname === undefined ? undefined : [hostname].flat();
  const unnamed = hostnames && hostsProblem(hostnames, [...sandbox, ...prod]);
  if (unnamed !== undefined) problems.push(`sites.${site}.challenge.hostname: ${unnamed}`);
  const problem = verifyProblem(verify, sources.env['PARLEY_DEVELOPMENT'] === '1');
  if (problem !== undefined) problems.push(`sites.${site}.challenge.verify: ${problem}`);
  const secret = readMadeSecret(
    sources,
    variable,
    `the secret of the challenge of "${site}"`,
    problems,
    leastOf(sources),
  );
  if (secret === undefined) return undefined;
  const challenge = { verify, secret: () => secret, ...(action !== undefined && { action }) };
  const within = (own: readonly string[], others: readonly string[]): Challenge => ({
    ...challenge,
    ...(hostnames && { hostnames: hostsOfOwn(hostnames, own, others) }),
  });
  return { sandbox: within(sandbox, prod), prod: within(prod, sandbox) };
}

/** Whether it is written as a browser sends it: scheme, host and port alone. Plain http only from this machine. */
function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { origin, protocol, hostname } = new URL(value);
  // A URL may have a * in its host; no page's origin has.
  if (!/^[a-z\d.:[\]-]+$/.test(hostname)) return false;
  const isLocal = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  return origin === value && (protocol === 'https:' || (protocol === 'http:' && isLocal));
}
