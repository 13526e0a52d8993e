import { serveRelay } from '../../server/adapters/node.ts';
import { describeRelay } from './relay-suite.ts';

describeRelay('Node', ({ settings, env, flows }) =>
  serveRelay({
    settings,
    env,
    flows: flows.map((json, index) => ({ source: `flow ${index}`, json })),
    assets: 'dist',
    port: 0,
    hostname: 'localhost',
    log: () => undefined,
  }),
);
