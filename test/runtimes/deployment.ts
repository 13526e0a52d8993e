/** What `wrangler.jsonc` says, as wrangler itself reads it: for workerd on this machine. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '../../server/adapters/workers/parts.ts';
import { bundleWorker } from './worker-bundle.ts';
import { startWorkerd, type Workerd } from './workerd.ts';

/** What we use of wrangler, which is not installed where types are checked. */
interface WranglerModule {
  readonly unstable_getMiniflareWorkerOptions: (file: string) => {
    readonly workerOptions: {
      readonly bindings: Readonly<Record<string, string>>;
      readonly queueConsumers: Readonly<Record<string, object>>;
    };
  };
}

export interface Deployment extends WorkerOptions {
  /** Secrets, and variables that take the place of those in the file. */
  readonly env: Readonly<Record<string, string>>;
  /** Settings of a queue's consumer that take the place of those in the file, by the queue's name. */
  readonly consumers?: Readonly<Record<string, object>>;
  /** Folder where Durable Objects are kept. In memory if absent. */
  readonly folder?: string;
  readonly port?: number;
  readonly host?: string;
}

const FILE = fileURLToPath(new URL('../../wrangler.jsonc', import.meta.url));

/** @param hear is told each line of what the Worker logs */
export async function startDeployment(
  { env, consumers = {}, folder, port = 0, host = '127.0.0.1', settings, flows }: Deployment,
  hear?: (line: string) => void,
): Promise<Workerd> {
  const { unstable_getMiniflareWorkerOptions: read } = createRequire(import.meta.url)(
    'wrangler',
  ) as WranglerModule;
  const { workerOptions } = read(FILE);
  const { bindings, queueConsumers } = workerOptions;
  return startWorkerd(
    {
      ...workerOptions,
      script: await bundleWorker({ settings, flows }),
      bindings: { ...bindings, ...env },
      queueConsumers: Object.fromEntries(
        Object.entries(queueConsumers).map(([name, consumer]) => [name, { ...consumer, ...consumers[name] }]),
      ),
      ...(folder !== undefined && { durableObjectsPersist: folder }),
      port,
      host,
    },
    hear,
  );
}
