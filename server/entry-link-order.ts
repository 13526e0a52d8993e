/** What somebody asks for who wants an entry link, at the command line or over HTTP -> a request and its page, or every problem. */
import * as v from 'valibot';
import type { EnvironmentName, RelayConfig } from './config.ts';
import { problemsOf, type EntryLinkProblem, type EntryLinkRequest } from './entry-links.ts';
import { closest, didYouMean, listed } from './flows/lint/suggest.ts';

/** As it was asked for. An empty text is as if it were not there: Liquid writes one for what a profile does not have. */
export interface EntryLinkOrder {
  readonly flow?: string;
  readonly cohort?: string;
  readonly campaign?: string;
  readonly external_id?: string;
  readonly site?: string;
  readonly environment?: string;
  readonly days?: string | number;
  readonly page?: string;
}

/** An order that can be carried out. */
export interface EntryLinkPlan {
  readonly request: EntryLinkRequest;
  /** Milliseconds. */
  readonly life: number;
  /** The address of the page to be opened, where it was named. */
  readonly page: string | undefined;
}

export const DEFAULT_DAYS = 30;

/** A year and a leap day: what is good for longer is no campaign, and a secret should not have to live as long. */
export const MAX_DAYS = 366;

const DAY = 86_400_000;

/** Characters of a value that are repeated in a problem: it may be as long as the body. */
const MAX_ECHO = 100;

const text = v.exactOptional(v.string('should be a text'));

/** Body of `POST /v1/entry-links`. A key that is not known is refused: a slip of the pen would be a link without it. */
export const EntryLinkOrderSchema = v.strictObject(
  {
    flow: v.pipe(text, v.description('Id of the flow that the link opens.')),
    cohort: v.pipe(text, v.description('Told to the page, to conditions and templates.')),
    campaign: v.pipe(text, v.description('Told to the page, to conditions and templates.')),
    external_id: v.pipe(text, v.description('Whose profile the first visitor writes to who submits.')),
    site: v.pipe(text, v.description('May be left out where the relay has one site.')),
    environment: v.pipe(
      text,
      v.description('`sandbox` or `prod`; where it is left out, `prod` if the site has pages there.'),
    ),
    days: v.exactOptional(
      v.pipe(
        v.union([v.string(), v.number()], 'should be a number'),
        v.description(`Until it expires: from 1 to ${MAX_DAYS}, ${DEFAULT_DAYS} where it is left out.`),
      ),
    ),
    page: v.pipe(text, v.description('Address of a page of the site, which the link is to open.')),
  },
  'should be an object such as {"flow": "vip", "cohort": "spring"}',
);

/** Answer of `POST /v1/entry-links`. */
export const EntryLinkGrantSchema = v.object({
  link: v.exactOptional(
    v.pipe(v.string(), v.description('The address to put into a message, where a page was named.')),
  ),
  token: v.pipe(v.string(), v.description('What stands behind `#parley=` in it.')),
  expires: v.pipe(v.string(), v.description('ISO 8601 in UTC.')),
});

export type EntryLinkGrant = v.InferOutput<typeof EntryLinkGrantSchema>;

/** The link: the word stands behind the `#`, which no browser sends to a server. The widget leaves there what stood there (`entry-link.ts`). */
export function linkTo(page: string, token: string): string {
  const url = new URL(page);
  url.hash = url.hash === '' ? `parley=${token}` : `${url.hash}&parley=${token}`;
  return url.href;
}

/** What can be told without the relay's settings: that it is of the right shape. */
export function parseOrder(
  json: unknown,
): { readonly order: EntryLinkOrder } | { readonly problems: readonly EntryLinkProblem[] } {
  // To valibot a list is an object, too.
  const parsed = v.safeParse(EntryLinkOrderSchema, Array.isArray(json) ? undefined : json);
  if (parsed.success) return { order: parsed.output };
  const problems = parsed.issues.map((issue) => ({
    name: shown(v.getDotPath(issue) ?? 'body'),
    words: issue.expected === 'never' ? `is unknown; known are ${KEYS}` : issue.message,
  }));
  return { problems };
}

const KEYS = listed(Object.keys(EntryLinkOrderSchema.entries), 'and');

export function planOf(
  order: EntryLinkOrder,
  origins: RelayConfig['origins'],
): { readonly plan: EntryLinkPlan } | { readonly problems: readonly EntryLinkProblem[] } {
  const problems: EntryLinkProblem[] = [];
  const refuse = (name: string, words: string) => void problems.push({ name, words });

  const site = siteOf(given(order.site), origins, refuse);
  const environment =
    site === undefined
      ? undefined
      : environmentOf({ site, wanted: given(order.environment) }, origins, refuse);
  const life = lifeOf(order.days, refuse);
  const flow = given(order.flow);
  if (flow === undefined) refuse('flow', 'is missing; it should be the id of a flow, such as vip');
  const [cohort, campaign, externalId] = [order.cohort, order.campaign, order.external_id].map(given);
  const request: EntryLinkRequest = {
    // What is missing has been told: these stand in for it while the others are looked at.
    site: site ?? '',
    environment: environment ?? 'prod',
    flow: flow ?? 'flow',
    ...(cohort !== undefined && { cohort }),
    ...(campaign !== undefined && { campaign }),
    ...(externalId !== undefined && { external_id: externalId }),
  };
  problems.push(...problemsOf(request));
  const wanted = given(order.page);
  const page =
    wanted === undefined || site === undefined || environment === undefined
      ? undefined
      : pageOf({ site, environment, wanted }, origins, refuse);
  return problems.length > 0 || life === undefined ? { problems } : { plan: { request, life, page } };
}

type Refuse = (name: string, words: string) => void;

function siteOf(
  wanted: string | undefined,
  origins: RelayConfig['origins'],
  refuse: Refuse,
): string | undefined {
  const sites = [...new Set([...origins.values()].map(({ site }) => site))];
  if (wanted === undefined) {
    if (sites.length === 1) return sites[0];
    refuse('site', `is missing; it should be ${listed(sites)}`);
    return undefined;
  }
  if (sites.includes(wanted)) return wanted;
  refuse('site', wordsForUnknown(wanted, sites));
  return undefined;
}

function environmentOf(
  { site, wanted }: { readonly site: string; readonly wanted: string | undefined },
  origins: RelayConfig['origins'],
  refuse: Refuse,
): EnvironmentName | undefined {
  const names = [
    ...new Set(
      [...origins.values()].filter((each) => each.site === site).map(({ environment }) => environment.name),
    ),
  ];
  if (wanted === undefined) return names.includes('prod') ? 'prod' : names[0];
  const found = names.find((name) => name === wanted);
  if (found === undefined)
    refuse('environment', `is "${shown(wanted)}"; site ${site} has pages in ${listed(names, 'and')}`);
  return found;
}

function lifeOf(given: string | number | undefined, refuse: Refuse): number | undefined {
  const written = given === undefined || given === '' ? DEFAULT_DAYS : given;
  const days = typeof written === 'number' || /^\d{1,3}$/.test(written) ? Number(written) : NaN;
  if (Number.isInteger(days) && days >= 1 && days <= MAX_DAYS) return days * DAY;
  refuse('days', `is "${shown(String(written))}"; it should be a whole number from 1 to ${MAX_DAYS}`);
  return undefined;
}

function pageOf(
  {
    site,
    environment,
    wanted,
  }: { readonly site: string; readonly environment: EnvironmentName; readonly wanted: string },
  origins: RelayConfig['origins'],
  refuse: Refuse,
): string | undefined {
  if (!URL.canParse(wanted)) {
    refuse('page', 'should be the address of a page, such as https://www.example.com/');
    return undefined;
  }
  const { origin, search, hash, username, password, href } = new URL(wanted);
  const owner = origins.get(origin);
  if (owner?.site !== site || owner.environment.name !== environment) {
    const right = [...origins]
      .filter(([, each]) => each.site === site && each.environment.name === environment)
      .map(([each]) => each);
    const where = shown(origin === 'null' ? wanted : origin);
    refuse('page', `is at ${where}; the pages of site ${site} in ${environment} are at ${listed(right)}`);
  } else if (/[#?&]parley=/.test(`${search}${hash}`)) refuse('page', 'has a parley= already; leave it out');
  else if (username !== '' || password !== '') refuse('page', 'should have no user and no password in it');
  return href;
}

/** `is "vpi"; did you mean "vip"?`, else which there are. */
export function wordsForUnknown(wanted: string, known: readonly string[]): string {
  const guess = closest(wanted, known);
  return `is "${shown(wanted)}"${didYouMean(guess, `; it should be ${listed(known)}`)}`;
}

function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function shown(value: string): string {
  return value.length > MAX_ECHO ? `${Array.from(value).slice(0, MAX_ECHO).join('')}…` : value;
}
