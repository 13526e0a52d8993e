/** The operator's own port: what is nobody else's to see, and what probes ask for. */
import { Hono } from 'hono';
import { createSecurityHeaders } from '../doors/security-headers.ts';
import type { LookAtReadiness } from '../readiness.ts';
import { VERSION } from '../version.ts';
import type { PrometheusMetrics } from './metrics.ts';

const NO_STORE = { 'cache-control': 'no-store' };

/** @param isAlive whether anybody answers visitors: one process that answers this does */
export function createOperatorApp(
  metrics: Pick<PrometheusMetrics, 'text' | 'contentType'>,
  lookAtReadiness: LookAtReadiness,
  places: Hono,
  isAlive = () => true,
): Hono {
  const app = new Hono();
  // Pages have headers of their own, and what follows is none.
  app.route('/', places);
  app.use(createSecurityHeaders(new Set()));
  app.get('/metrics', async (c) =>
    c.body(await metrics.text(), 200, { 'content-type': metrics.contentType, ...NO_STORE }),
  );
  app.get('/healthz', (c) =>
    isAlive()
      ? c.json({ status: 'ok', version: VERSION }, 200, NO_STORE)
      : c.json({ status: 'no process answers', version: VERSION }, 503, NO_STORE),
  );
  app.get('/readyz', async (c) => {
    const found = await lookAtReadiness('operator');
    return c.json(found, found.status === 'ready' ? 200 : 503, NO_STORE);
  });
  return app;
}
