/** Puts the relay on Cloudflare Workers (workerd): bindings in, `fetch` out. */
import { createRelay } from '../app.ts';
import { parseConfig } from '../config.ts';
import { createDelivery } from '../delivery/delivery.ts';
import { createPermissions } from '../permissions.ts';
import { createProfileReading } from '../profile-reading.ts';
import type { Connection } from '../doors/doors.ts';
import { loadFlows } from '../flows/load.ts';
import { createFlowShelf } from '../flows/shelf.ts';
import { guardLog } from '../log-fields.ts';
import { NO_METRICS } from '../metrics.ts';
import type { Ports } from '../ports.ts';
import { createRedaction, redactLog } from '../redaction.ts';
import { createMemoryStore } from '../store/memory.ts';
import { webPorts } from './web-ports.ts';

/** Text bindings and secrets of `config.ts`, the binding that serves the built widget, and whatever else a Worker has. */
export interface WorkerEnv {
  readonly ASSETS?: { fetch(request: Request): Promise<Response> };
  readonly [name: string]: unknown;
}

export interface WorkerOptions {
  /** The parsed settings file and flow files: a Worker imports them, for it has no disk. */
  readonly settings: unknown;
  readonly flows: readonly unknown[];
}

/** A Worker's default export. The relay is made with the first request, because the bindings come with it. */
export function createWorker({ settings, flows }: WorkerOptions) {
  let relay: ReturnType<typeof createRelay> | undefined;
  const sources = flows.map((json, index) => ({ source: `number ${index + 1}`, json }));
  const build = ({ ASSETS, ...env }: WorkerEnv) => {
    const config = parseConfig({ settings, env: textsOf(env) });
    const shelf = createFlowShelf(loadFlows(sources, config.secrets()));
    const ports: Ports = {
      ...webPorts,
      fetch: (input, init) => fetch(input, init),
      log: guardLog(redactLog((entry) => console.log(JSON.stringify(entry)), createRedaction(config.secrets)))
        .log,
      assets: async (request) => {
        // Anything but "not there" is an answer, a 304 too.
        const response = await ASSETS?.fetch(request);
        return response?.status === 404 ? undefined : response;
      },
      metrics: NO_METRICS,
      store: createMemoryStore({ clock: webPorts.clock }),
      // A promise of one request cannot be kept by another: they meet in the store alone.
      delivery: () => createDelivery(config, ports),
      // Nor can a request of one be waited for by another.
      profiles: () => createProfileReading(config, ports.permissions, ports),
      permissions: createPermissions(),
      findFlow: shelf.find,
      listFlows: shelf.list,
    };
    return createRelay(config, ports);
  };
  return {
    fetch: (
      request: Request,
      env: WorkerEnv,
      context: Parameters<ReturnType<typeof createRelay>['fetch']>[2],
    ) => (relay ??= build(env)).fetch(request, connectionOf(request), context),
  };
}

/** Cloudflare writes who has knocked at it, over whatever the request says (developers.cloudflare.com/fundamentals/reference/http-headers). */
function connectionOf({ headers }: Request): Connection {
  return { peer: headers.get('cf-connecting-ip') ?? undefined };
}

function textsOf(env: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
