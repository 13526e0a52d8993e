/** The pages that show where people leave: for the operator's port, where nobody else comes. */
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { ENVIRONMENTS } from '../config.ts';
import type { DraftFlow } from '../flows/lint/draft.ts';
import { readShape } from '../flows/lint/shape.ts';
import type { Revisions } from '../flows/revisions.ts';
import type { Ports } from '../ports.ts';
import { StoreError, type Tallied } from '../store/store.ts';
import { statsOf } from './flow-stats.ts';
import { flowPage, listPage, missingPage, type ListedFlow } from './pages.ts';
import { STYLE } from './style.ts';

/** No script, no form, nothing from elsewhere: a style sheet of their own alone. Of TLS the relay's other answers say nothing here either. */
const securePages = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
  strictTransportSecurity: false,
});

const NO_STORE = { 'cache-control': 'no-store' };

export function createPlaces(
  revisions: Pick<Revisions, 'find'>,
  { store, listFlows, findFlow }: Pick<Ports, 'store' | 'listFlows' | 'findFlow'>,
): Hono {
  const app = new Hono();

  app.use('/flows/*', securePages);
  app.onError((error, c) => {
    if (!(error instanceof StoreError)) throw error;
    return c.html(missingPage('The store cannot be read now. Try again.'), 503, NO_STORE);
  });

  /** As it was at that revision, if anybody still knows. */
  const flowAt = async (id: string, revision: string): Promise<DraftFlow | undefined> => {
    const loaded = await revisions.find(id, revision);
    return loaded?.revision === revision ? readShape(loaded.flow) : undefined;
  };

  const statsAt = async ({ environment, flow, revision }: Omit<Tallied, 'first' | 'last'>) =>
    statsOf((await flowAt(flow, revision)) ?? NO_FLOW, await store.tallies.find(environment, flow, revision));

  app.get('/flows', async (c) => {
    const all = await store.tallies.list();
    const ids = new Set([...listFlows().map(({ id }) => id), ...all.map(({ flow }) => flow)]);
    const flows = [...ids].map(async (id): Promise<ListedFlow> => {
      const newest = preferred(all.filter(({ flow }) => flow === id));
      return { id, newest: newest && { ...newest, stats: await statsAt(newest) } };
    });
    return c.html(listPage(await Promise.all(flows)), 200, NO_STORE);
  });

  app.get('/flows/style.css', (c) => c.body(STYLE, 200, { 'content-type': 'text/css', ...NO_STORE }));

  app.get('/flows/:id', async (c) => {
    const id = c.req.param('id');
    const present = (await findFlow(id))?.revision;
    const tallied = (await store.tallies.list()).filter(({ flow }) => flow === id);
    const newest = preferred(tallied);
    const environment = c.req.query('environment') ?? newest?.environment ?? 'prod';
    const own = tallied.filter((each) => each.environment === environment);
    const revision = c.req.query('revision') ?? own[0]?.revision ?? present;
    const problem = problemOf({ id, environment, revision, present, own });
    if (problem !== undefined || revision === undefined)
      return c.html(missingPage(problem ?? ''), 404, NO_STORE);
    const flow = await flowAt(id, revision);
    const stats = statsOf(flow ?? NO_FLOW, await store.tallies.find(environment, id, revision));
    return c.html(flowPage({ id, environment, revision, present, tallied, flow, stats }), 200, NO_STORE);
  });

  return app;
}

/** One that nobody knows any more: of its counts nothing can be said but that there are some. */
const NO_FLOW: Pick<DraftFlow, 'start' | 'nodes'> = { nodes: new Map() };

/** Customers come first; of one environment what was counted last does. */
const preferred = (tallied: readonly Tallied[]): Tallied | undefined =>
  tallied.find(({ environment }) => environment === 'prod') ?? tallied[0];

function problemOf({
  id,
  environment,
  revision,
  present,
  own,
}: {
  readonly id: string;
  readonly environment: string;
  readonly revision: string | undefined;
  readonly present: string | undefined;
  readonly own: readonly Tallied[];
}): string | undefined {
  if (!ENVIRONMENTS.some((name) => name === environment))
    return `There is no environment “${environment}”: it should be ${ENVIRONMENTS.join(' or ')}.`;
  if (revision === undefined) return `There is no flow “${id}”, and nothing was counted of one.`;
  if (revision !== present && !own.some((each) => each.revision === revision))
    return `Nothing was counted of “${id}” at revision “${revision}” in ${environment}.`;
  return undefined;
}
