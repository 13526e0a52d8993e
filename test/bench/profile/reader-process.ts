/** What reads profiles, as a process of its own over a SQLite file, which others may share: it is asked over HTTP, as a relay is. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { AddressInfo } from 'node:net';
import { createBrazeFetch } from '../../../server/adapters/braze-fetch.ts';
import { createMetrics } from '../../../server/adapters/metrics.ts';
import { webPorts } from '../../../server/adapters/web-ports.ts';
import { parseConfig } from '../../../server/config.ts';
import { createProfileReading } from '../../../server/profile-reading.ts';
import { createSqliteStore } from '../../../server/store/sqlite.ts';
import { answerParent } from '../../relay/child.ts';
import { SESSION_SECRET } from '../../server/relay-fixture.ts';
import { FIELDS } from './customers.ts';

export interface ReaderStart {
  readonly settings: unknown;
  readonly key: string;
  /** Of the store. */
  readonly file: string;
}

answerParent({
  start: ({ settings, key, file }: ReaderStart) => {
    const config = parseConfig({
      settings,
      env: { BRAZE_PROD_KEY: key, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
    });
    const store = createSqliteStore({ file, clock: webPorts.clock });
    const metrics = createMetrics(
      {
        stats: () => store.stats(),
        state: async () => ({ lanes: new Map() }),
        probeStore: async () => 'written',
        droppedEntries: () => 0,
        droppedFields: () => 0,
      },
      webPorts,
    );
    const reading = createProfileReading(
      config,
      { refused: () => undefined, granted: () => undefined, replaced: () => undefined },
      {
        ...webPorts,
        fetch: createBrazeFetch(config.brazeTimeout).fetch,
        log: () => undefined,
        metrics: metrics.port,
        store,
      },
    );
    const app = new Hono();
    app.post('/', async (c) => {
      const { externalId } = await c.req.json<{ externalId: string }>();
      const whose = { environment: 'prod', site: 'brand', externalId } as const;
      return c.json(await reading.read(whose, FIELDS, config.deadline));
    });
    app.get('/metrics', async (c) => c.text(await metrics.text()));
    return new Promise<string>((resolve) => {
      serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }: AddressInfo) =>
        resolve(`http://127.0.0.1:${port}`),
      );
    });
  },
});
