/** What the relay is measured against: one route of the same framework that parses JSON and answers JSON, and does nothing else. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { AddressInfo } from 'node:net';
import type { SubmissionsRequest, SubmissionsResponse } from '../../../widget/contract/wire.ts';
import { answerParent } from '../../relay/child.ts';

const app = new Hono();
app.post('/v1/submissions', async (c) => {
  const { submissions } = await c.req.json<SubmissionsRequest>();
  const receipts = submissions.map(({ id }) => ({ id, outcome: 'success' as const, next: 'thanks' }));
  return c.json({ receipts } satisfies SubmissionsResponse);
});

answerParent({
  start: () =>
    new Promise((resolve) => {
      serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }: AddressInfo) => {
        resolve({ url: `http://127.0.0.1:${port}` });
      });
    }),
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
});
