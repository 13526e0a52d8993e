/** What an application writes that imports all that the package exports, and what its compiler is told. */

export const CONSUMER = `
import { loadWords, ParleyChat, type ParleyChatAttributes } from 'parley-chat';
import flowSchema from 'parley-chat/flow.schema.json' with { type: 'json' };
import type {} from 'parley-chat/jsx/preact';
import type {} from 'parley-chat/jsx/react';
import type {} from 'parley-chat/jsx/solid';
import { serveRelay as serveOnBun } from 'parley-chat/server/bun';
import { serveRelay as serveOnDeno } from 'parley-chat/server/deno';
import { serveRelay, type RelayOptions, type RunningRelay } from 'parley-chat/server/node';
import { createSqliteStore } from 'parley-chat/server/sqlite';
import { createRedisStore } from 'parley-chat/server/redis';
import { createWorker } from 'parley-chat/server/workers';
import { createObjects } from 'parley-chat/server/workers-objects';

const options: RelayOptions = {
  settings: {},
  env: {},
  flows: [{ source: 'welcome.json', json: {} }],
  store: createSqliteStore({ file: 'relay.db', clock: Date.now }),
  port: 0,
};
const running: RunningRelay = await serveRelay(options);
const others: (typeof serveRelay)[] = [serveOnBun, serveOnDeno];
const shared: RelayOptions = { ...options, store: createRedisStore({ url: 'redis://localhost' }) };
const worker = createWorker({ settings: {}, flows: [] });
export const { ParleyShard, ParleyShared } = createObjects({ settings: {}, flows: [] });
const attributes: ParleyChatAttributes = { flow: 'welcome' };
const title: string = flowSchema.title;
console.log(running.url, others, shared, worker.fetch, attributes, title, ParleyChat, (await loadWords('fr')).close);
// @ts-expect-error: a relay has a store.
await serveRelay({ settings: {}, env: {}, flows: [], port: 0 });
`;

/** What a Worker is that imports the package, with the types that `wrangler types` writes of its bindings. */
export const WORKER = `
import { createWorker } from 'parley-chat/server/workers';
import { createObjects } from 'parley-chat/server/workers-objects';

interface Env {
  SHARDS: DurableObjectNamespace;
  SHARED: DurableObjectNamespace;
  WAKE_UPS: Queue;
  ASSETS: Fetcher;
  SHARD_COUNT: '8';
}
const options = { settings: {}, flows: [] };
export const { ParleyShard, ParleyShared } = createObjects(options);
export default createWorker(options) satisfies ExportedHandler<Env>;
export const asThePlatformDoes = (ctx: DurableObjectState, env: Env) =>
  [new ParleyShard(ctx, env).fetch, new ParleyShared(ctx, env).alarm];
// @ts-expect-error: an object has a state.
new ParleyShard({}, {});
`;

/** Types of the platform, by its own package: of the release that the Worker is tested on (`test/runtimes/package.json`). */
export const PLATFORM = '@cloudflare/workers-types@5.20260730.1';

/** As much of the frameworks' own types as those for their templates build on. */
export const FRAMEWORKS = `
declare module 'react' {
  interface HTMLAttributes<Of> { ref?: (element: Of) => void }
  type DetailedHTMLProps<Attributes extends HTMLAttributes<Of>, Of> = Attributes & { key?: string };
  namespace JSX { interface IntrinsicElements { p: object } }
}
declare module 'preact' {
  interface HTMLAttributes<Of> { ref?: (element: Of) => void }
  namespace JSX { interface IntrinsicElements { p: object } }
}
declare module 'solid-js/jsx-runtime' {
  namespace JSX {
    interface HTMLAttributes<Of> { ref?: (element: Of) => void }
    interface IntrinsicElements { p: object }
  }
}
`;

const optionsFor = (module: string, moduleResolution: string) => ({
  strict: true,
  noEmit: true,
  target: 'es2023',
  module,
  moduleResolution,
  resolveJsonModule: true,
});

/** No types but those that the package brings, and none of them skipped. */
export const tsconfigFor = (module: string, moduleResolution: string) => ({
  compilerOptions: {
    ...optionsFor(module, moduleResolution),
    types: [],
    lib: ['es2023', 'dom', 'dom.iterable'],
  },
  files: ['consumer.ts', 'frameworks.d.ts'],
});

/** Those of the platform besides, which take the place of a browser's. */
export const workerTsconfigFor = (module: string, moduleResolution: string) => ({
  compilerOptions: {
    ...optionsFor(module, moduleResolution),
    types: ['@cloudflare/workers-types'],
    lib: ['es2023'],
  },
  files: ['worker.ts'],
});
