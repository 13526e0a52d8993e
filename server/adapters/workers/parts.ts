/** What a Worker and its Durable Objects are made of: each of them is made of the same settings and bindings, perhaps on another machine. */
import { parseConfig, type RelayConfig } from '../../config.ts';
import { loadFlows } from '../../flows/load.ts';
import { createFlowShelf } from '../../flows/shelf.ts';
import { guardLog } from '../../log-fields.ts';
import type { Ports } from '../../ports.ts';
import { createRedaction, redactLog } from '../../redaction.ts';
import { readBindings, SHARED_NAME, type Bindings, type SharedObject, type WorkerEnv } from './bindings.ts';
import { assertDivisible } from './share.ts';

export interface WorkerOptions {
  /** The parsed settings file and flow files: a Worker imports them, for it has no disk. */
  readonly settings: unknown;
  readonly flows: readonly unknown[];
}

export interface WorkerParts {
  /** The whole: not divided yet. */
  readonly config: RelayConfig;
  readonly bindings: Bindings;
  /** Asked for anew each time: one that was got for one request cannot be used for another. */
  readonly shared: () => SharedObject;
  readonly ports: Pick<Ports, 'log' | 'findFlow' | 'listFlows'>;
}

/**
 * @throws {ConfigError} with everything that is missing or wrong in the bindings, or else in the settings
 * @throws {FlowError} with every mistake of a flow
 */
export function readParts({ settings, flows }: WorkerOptions, env: WorkerEnv): WorkerParts {
  const bindings = readBindings(env);
  const config = parseConfig({ settings, env: bindings.texts });
  assertDivisible(config, bindings.shardCount);
  const { operatorSecret } = bindings;
  const redact = createRedaction(() => [
    ...config.secrets(),
    ...(operatorSecret === undefined ? [] : [operatorSecret]),
  ]);
  const sources = flows.map((json, index) => ({ source: `number ${index + 1}`, json }));
  const shelf = createFlowShelf(loadFlows(sources, config.secrets()));
  return {
    config,
    bindings,
    shared: () => bindings.shared.getByName(SHARED_NAME),
    ports: {
      log: guardLog(redactLog((entry) => console.log(JSON.stringify(entry)), redact)).log,
      findFlow: shelf.find,
      listFlows: shelf.list,
    },
  };
}
