import { describeRelay } from '../server/relay-suite.ts';
import { startDeployment } from './deployment.ts';

for (const shards of [1, 4])
  describeRelay(
    `workerd, in shards: ${shards}`,
    ({ env, settings, flows }) =>
      startDeployment({ settings, flows, env: { ...env, SHARD_COUNT: String(shards) } }),
    true,
  );
