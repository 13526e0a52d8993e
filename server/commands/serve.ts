/** `parley serve`: the relay on Node, for operators. */
import { parseArgs } from 'node:util';
import { watchFlows } from '../adapters/flow-watch.ts';
import { serveRelay } from '../adapters/node.ts';
import { readFlowFolder, readJson } from './files.ts';
import { UsageError, type Command } from './usage.ts';

export const serve: Command = {
  usage: `Usage: parley serve --config FILE --flows FOLDER [--assets FOLDER]
                    [--watch]

  --config FILE     the settings, as JSON
  --flows FOLDER    the flows, one JSON file each
  --assets FOLDER   the built widget (default: dist)
  --watch           takes up flows as they are saved; prints the mistakes of
                    one that has any, and goes on with those of before

Environment: PORT (default 8787), BRAZE_SANDBOX_KEY, BRAZE_PROD_KEY, SESSION_SECRET (each also as NAME_FILE).`,

  run: async (args) => {
    const { values } = parseArgs({
      args,
      options: {
        config: { type: 'string' },
        flows: { type: 'string' },
        assets: { type: 'string', default: 'dist' },
        watch: { type: 'boolean', default: false },
      },
    });
    const { config, flows: folder, assets } = values;
    if (config === undefined || folder === undefined) throw new UsageError(serve.usage);
    const port = readPort(process.env['PORT']);
    const flows = readFlowFolder(folder);
    const relay = await serveRelay({ settings: readJson(config), env: process.env, flows, assets, port });
    console.log(`The relay listens at ${relay.url} (health: ${relay.url}/healthz)`);
    const watching = values.watch
      ? watchFlows({
          folder,
          read: () => readFlowFolder(folder),
          flows,
          replace: (sources) => relay.replaceFlows(sources),
          tell: ({ mistakes, lines }) =>
            (mistakes.length > 0 ? console.error : console.log)(lines.join('\n')),
        })
      : undefined;
    const end = () => {
      watching?.close();
      void relay.close();
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
    return 0;
  },
};

function readPort(value = '8787'): number {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new UsageError(`PORT is "${value}"; it should be a number from 0 to 65535.`);
}
