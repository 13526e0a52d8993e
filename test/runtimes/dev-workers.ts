/** `npm run dev:workers`: the demo as `npm start` has it, with the relay in workerd as `wrangler.jsonc` deploys it. Until Ctrl-C. */
import { randomBytes } from 'node:crypto';
import { PortTakenError, startDemo, type DemoRelay } from '../../demo/demo.ts';
import type { FlowSource } from '../../server/flows/lint/source.ts';
import { loadFlows } from '../../server/flows/load.ts';
import { createFlowShelf } from '../../server/flows/shelf.ts';
import type { RunningRelay } from '../../server/adapters/node.ts';
import { startDeployment } from './deployment.ts';
import { prepareRuntimes } from './prepare.ts';

const operatorSecret = randomBytes(32).toString('base64url');

/** New flows are a new deployment: its objects go on with what they have kept. */
async function serveInWorkerd({ settings, env, flows, port, folder }: DemoRelay): Promise<RunningRelay> {
  const start = (sources: readonly FlowSource[], at: number) =>
    startDeployment(
      {
        settings,
        flows: sources.map(jsonOf),
        env: { ...env, OPERATOR_SECRET: operatorSecret },
        folder,
        port: at,
        host: 'localhost',
      },
      (line) => console.log(line),
    );
  let worker = await start(flows, port);
  const { url } = worker;
  const replaceFlows = async (sources: readonly FlowSource[]) => {
    const loaded = await createFlowShelf([]).replace(loadFlows(sources, Object.values(env)));
    await worker.close();
    worker = await start(sources, Number(new URL(url).port));
    return loaded;
  };
  return {
    url,
    close: () => worker.close(),
    redact: (text) => text,
    replaceFlows,
    async reload(sources) {
      await replaceFlows(sources.flows);
    },
  };
}

const jsonOf = (source: FlowSource): unknown =>
  source.text === undefined ? source.json : (JSON.parse(source.text) as unknown);

prepareRuntimes();
const folder = process.env['FLOWS'];
try {
  const demo = await startDemo(
    { relay: 8787, pages: 8788, braze: 8789, tsubame: 8791, carambola: 8792 },
    undefined,
    {
      serve: serveInWorkerd,
      report: (line) => console.log(line),
      ...(folder !== undefined && { folder }),
    },
  );
  console.log(`
  Parley is running in workerd. Ctrl-C ends it.

    Demos                ${demo.pagesUrl}/demos.html
    Braze emulator       ${demo.brazeUrl}/   (profiles and events as they arrive; not Braze)
    Relay's health       ${demo.relayUrl}/readyz
    Where people leave   ${demo.relayUrl}/flows   (any name; the password is ${operatorSecret})
`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void demo.close());
} catch (error) {
  if (!(error instanceof PortTakenError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
