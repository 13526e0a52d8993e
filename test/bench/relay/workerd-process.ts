/** The relay in workerd as `wrangler.jsonc` deploys it: in a process of its own, for what starts workerd has work to do, too. */
import { answerParent } from '../../relay/child.ts';
import { startDeployment } from '../../runtimes/deployment.ts';
import { FLOW, PROD_KEY, SANDBOX_KEY, SESSION_SECRET } from '../../server/relay-fixture.ts';

export interface WorkerdStart {
  readonly settings: unknown;
  /** Where Durable Objects are kept. */
  readonly folder: string;
}

let close: (() => Promise<void>) | undefined;

answerParent({
  start: async ({ settings, folder }: WorkerdStart) => {
    const worker = await startDeployment({
      settings,
      flows: [FLOW],
      folder,
      env: {
        BRAZE_SANDBOX_KEY: SANDBOX_KEY,
        BRAZE_PROD_KEY: PROD_KEY,
        SESSION_SECRET,
        PARLEY_DEVELOPMENT: '1',
      },
    });
    close = () => worker.close();
    return worker.url;
  },
  close: () => close?.(),
});
