/**
 * `POST /v1/entry-links`: makes an entry link for Braze, which asks for it while it renders a message (Connected Content). For servers
 * alone, with a key of its own: a page that had it could make links to anybody's profile.
 */
import type { Context } from 'hono';
import type { ReadJson } from './body.ts';
import type { RelayConfig } from './config.ts';
import type { Doors } from './doors/doors.ts';
import { linkTo, parseOrder, planOf, type EntryLinkGrant } from './entry-link-order.ts';
import type { EntryLinkProblem, EntryLinks } from './entry-links.ts';
import type { Ports } from './ports.ts';
import { problem } from './problem.ts';
import { isSameSecret } from './same-secret.ts';

export interface EntryLinkEndpointConfig extends Pick<RelayConfig, 'origins'> {
  /** Without it there is no such endpoint. */
  readonly entryLinkKey: (() => string) | undefined;
}

/** As many problems as a request is told of at once. */
const MAX_PROBLEMS = 5;

export interface EntryLinkEndpointParts {
  readonly links: Pick<EntryLinks, 'make'>;
  readonly doors: Pick<Doors, 'wrongKey'>;
  readonly readJson: ReadJson;
}

/** The handler throws an `HTTPException` where the body is no JSON (`body.ts`), and where too many wrong keys came. */
export function createEntryLinkEndpoint(
  { origins, entryLinkKey }: EntryLinkEndpointConfig,
  { links, doors, readJson }: EntryLinkEndpointParts,
  { clock, findFlow }: Pick<Ports, 'clock' | 'findFlow'>,
): (c: Context) => Promise<Response> {
  return async (c) => {
    if (entryLinkKey === undefined) return c.notFound();
    const bearer = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (bearer === undefined || !(await isSameSecret(bearer, entryLinkKey()))) {
      // Only now: Braze sends for many brands, and for many campaigns of one, from few addresses. A right key always passes.
      await doors.wrongKey(c);
      const detail = 'The key is missing or wrong; send Authorization: Bearer and ENTRY_LINK_KEY.';
      return problem(c, 401, detail, { 'www-authenticate': 'Bearer' });
    }
    const parsed = parseOrder(await readJson(c));
    if ('problems' in parsed) return problem(c, 400, wordsOf(parsed.problems));
    const planned = planOf(parsed.order, origins);
    if ('problems' in planned) return problem(c, 422, wordsOf(planned.problems));
    const { request, life, page } = planned.plan;
    if (!(await findFlow(request.flow))) return problem(c, 422, `There is no flow "${request.flow}".`);
    const expires = new Date(Math.floor((clock() + life) / 1000) * 1000).toISOString();
    const token = await links.make(request, life);
    const grant: EntryLinkGrant = {
      ...(page !== undefined && { link: linkTo(page, token) }),
      token,
      expires,
    };
    return c.json(grant, 200, { 'cache-control': 'no-store' });
  };
}

function wordsOf(problems: readonly EntryLinkProblem[]): string {
  return problems
    .slice(0, MAX_PROBLEMS)
    .map(({ name, words }) => `${name} ${words}`)
    .join('. ');
}
