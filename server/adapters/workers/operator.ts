/** What an operator may ask of all shards, with a secret: on Cloudflare there is no port that the open network does not reach. */
import { Hono, type Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { problem, thrownProblem } from '../../problem.ts';
import type { Doors } from '../../doors/doors.ts';
import type { Ports } from '../../ports.ts';
import type { Readiness } from '../../readiness.ts';
import type { RequestVariables } from '../../request-log.ts';
import { isSameSecret } from '../../same-secret.ts';
import { StoreError } from '../../store/store.ts';
import { unreachedWords, type AskAll } from './asking.ts';

export interface OperatorOptions {
  readonly secret: string;
  /** Of orders. */
  readonly log: Ports['log'];
  readonly doors: Pick<Doors, 'bringKey' | 'miss' | 'wrongKey'>;
  readonly askAll: AskAll;
  readonly readiness: (audience: 'operator') => Promise<Readiness>;
  /** The pages of `/flows`: where people leave. */
  readonly places: Hono;
}

/** Dead letters of each shard that are listed. */
const LISTED = 100;

/** Whose paths are the operator's. The pages of `/flows` lead to each other there. */
export const isForOperator = (pathname: string): boolean => /^\/(?:operator|flows)(?:\/|$)/.test(pathname);

const NO_STORE = { 'cache-control': 'no-store' };

export function createOperatorRoutes({ secret, doors, ...options }: OperatorOptions) {
  const { log, askAll, readiness, places } = options;
  const app = new Hono<{ Variables: RequestVariables }>();

  app.onError((error, c) => {
    if (error instanceof HTTPException) return thrownProblem(c, error);
    if (!(error instanceof StoreError)) throw error;
    return unreached503(c, 'A Durable Object cannot be reached. Try again.');
  });

  app.use(async (c, next) => {
    if (!isForOperator(c.req.path)) return next();
    const given = secretIn(c);
    // First: who was told of the right one only beyond the limit would have guessed it.
    if (given !== undefined) doors.bringKey(c);
    if (given === undefined || !(await isSameSecret(given, secret))) {
      // Who says nothing guesses nothing: a browser asks first without. It is a miss as any other.
      await (given === undefined ? doors.miss(c) : doors.wrongKey(c));
      const detail =
        'The secret is missing or wrong; it is the OPERATOR_SECRET, as a Bearer or as the password of Basic.';
      // So that a browser asks for it: the pages of /flows are for people.
      return problem(c, 401, detail, { 'www-authenticate': 'Basic realm="operator", charset="UTF-8"' });
    }
    return next();
  });

  app.get('/operator/stats', async (c) => {
    const { answers, unreached } = await askAll((shard) => shard.stats());
    const shards = answers.map(({ shard, answer }) => ({ shard, ...answer }));
    return c.json({ shards, unreached }, 200, NO_STORE);
  });

  app.get('/operator/readyz', async (c) => {
    const found = await readiness('operator');
    return c.json(found, found.status === 'ready' ? 200 : 503, NO_STORE);
  });

  app.get('/operator/dead-letters', async (c) => {
    const { answers, unreached } = await askAll((shard) =>
      shard.deadLetters({ type: 'list', limit: LISTED }),
    );
    const letters = answers.flatMap(({ answer }) => (answer.type === 'list' ? answer.letters : []));
    return c.json({ letters: letters.sort((one, other) => one.at - other.at), unreached }, 200, NO_STORE);
  });

  for (const type of ['retry', 'drop'] as const) {
    app.post(`/operator/dead-letters/${type}`, async (c) => {
      // A browser that was told the secret once says it for any page that asks: a page of elsewhere has to ask first to send JSON.
      if (!isJson(c)) return problem(c, 415, 'The body should be application/json.');
      if (isForeign(c)) return problem(c, 403, 'Orders come from no page of another origin.');
      const keys = keysIn(await c.req.json().catch(() => undefined));
      if (!keys)
        return problem(
          c,
          400,
          'The body should be {"keys": [...]}, with keys of GET /operator/dead-letters.',
        );
      // Of all shards: with another number of them it may be in one that its visitor belongs to no more.
      const { answers, unreached } = await askAll((shard) => shard.deadLetters({ type, keys }));
      const there = new Set(answers.flatMap(({ answer }) => (answer.type === 'done' ? answer.keys : [])));
      const done = keys.filter((key) => there.has(key));
      const unknown = keys.filter((key) => !there.has(key));
      const request = c.var.requestId;
      log({ level: 'info', ...ENTRIES[type], submissions: done.length, request });
      if (unreached.length === 0 || unknown.length === 0) return c.json({ done, unknown }, 200, NO_STORE);
      const refusal = unreached503(
        c,
        `${unreachedWords(unreached)} Give the order again without what is done.`,
      );
      const body = { ...((await refusal.json()) as object), done, unreached };
      return new Response(JSON.stringify(body), refusal);
    });
  }

  app.route('/', places);

  return app;
}

const ENTRIES = {
  retry: { event: 'dead_letters_retried' },
  drop: { event: 'dead_letters_dropped' },
} as const;

const unreached503 = (c: Context, detail: string) => problem(c, 503, detail, { 'retry-after': '5' });

function secretIn(c: Context): string | undefined {
  const header = c.req.header('authorization') ?? '';
  const bearer = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (bearer !== undefined) return bearer;
  const basic = /^Basic +([\w+/=]+)$/i.exec(header)?.[1];
  try {
    return basic === undefined ? undefined : utf8In(basic).split(':').slice(1).join(':');
  } catch {
    return undefined;
  }
}

/** As our `charset` asks for it (RFC 7617, section 2.1). @throws where it is no base64 */
const utf8In = (base64: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));

const isJson = (c: Context): boolean =>
  /^application\/json\s*(?:;|$)/i.test(c.req.header('content-type') ?? '');

/**
 * A browser says itself whether a page asks its own origin, and no page can say it instead (https://www.w3.org/TR/fetch-metadata/): it knows
 * which host was asked, where a proxy names another. One that says nothing, and what is no browser, is judged by the host.
 */
function isForeign(c: Context): boolean {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined) return site !== 'same-origin';
  const origin = c.req.header('origin');
  return origin !== undefined && origin !== new URL(c.req.url).origin;
}

function keysIn(body: unknown): readonly string[] | undefined {
  const { keys } = (body ?? {}) as { readonly keys?: unknown };
  return Array.isArray(keys) && keys.length <= LISTED && keys.every((key) => typeof key === 'string')
    ? keys
    : undefined;
}
