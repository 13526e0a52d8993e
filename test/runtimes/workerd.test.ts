import { readFile, readdir } from 'node:fs/promises';
import { describeRelay, type RelaySetup, type RelayUnderTest } from '../server/relay-suite.ts';
import { bundleWorker } from './worker-bundle.ts';
import { startWorkerd } from './workerd.ts';

/** The built widget, as the platform's static assets would serve it. */
async function readDist(): Promise<Record<string, string>> {
  const files = (await readdir('dist', { recursive: true })).filter((file) => file.endsWith('.js'));
  const read = files.map(async (file) => [`/${file}`, await readFile(`dist/${file}`, 'utf8')] as const);
  return Object.fromEntries(await Promise.all(read));
}

async function startOnWorkerd({ env, ...options }: RelaySetup, shards: number): Promise<RelayUnderTest> {
  const files = await readDist();
  return startWorkerd({
    script: await bundleWorker(options),
    bindings: { ...env, SHARD_COUNT: String(shards) },
    durableObjects: {
      SHARDS: { className: 'ParleyShard', useSQLite: true },
      SHARED: { className: 'ParleyShared', useSQLite: true },
    },
    queueProducers: { WAKE_UPS: 'parley-wake-ups' },
    serviceBindings: {
      ASSETS: (request: Request) => {
        const body = files[new URL(request.url).pathname];
        return new Response(body ?? null, {
          status: body === undefined ? 404 : 200,
          headers: { 'content-type': 'text/javascript' },
        });
      },
    },
  });
}

for (const shards of [1, 4])
  describeRelay(`workerd, in shards: ${shards}`, (setup) => startOnWorkerd(setup, shards), true);
