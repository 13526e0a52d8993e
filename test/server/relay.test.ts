import { serveRelay } from '../../server/adapters/node.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { describeRelay, type RelaySetup } from './relay-suite.ts';

describeRelay('Node', startOnNode, true);

function startOnNode({ settings, env, flows }: RelaySetup) {
  return serveRelay({
    settings,
    env,
    flows: flows.map((json, index) => ({ source: `flow ${index}`, json })),
    assets: 'dist',
    store: createSqliteStore({ file: ':memory:', clock: Date.now }),
    port: 0,
    hostname: 'localhost',
    log: () => undefined,
  });
}
