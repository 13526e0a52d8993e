/** `parley entry-link`: an entry link, for marketers. Needs no relay that runs: the secret is enough. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { webPorts } from '../adapters/web-ports.ts';
import { parseConfig, type RelayConfig } from '../config.ts';
import {
  DEFAULT_DAYS,
  linkTo,
  MAX_DAYS,
  planOf,
  wordsForUnknown,
  type EntryLinkPlan,
} from '../entry-link-order.ts';
import { createEntryLinks, type EntryLinkProblem } from '../entry-links.ts';
import { loadFlows } from '../flows/load.ts';
import { readFlowFolder, readJson } from './files.ts';
import { UsageError, type Command } from './usage.ts';

export const entryLink: Command = {
  usage: `Usage: parley entry-link --config FILE --flow ID [--cohort LABEL] [--campaign LABEL] [--page ADDRESS]
                         [--external-id ID] [--site SITE] [--environment NAME] [--days NUMBER] [--flows FOLDER]

  --config FILE       the settings of parley serve
  --flow ID           the flow that the link opens
  --cohort LABEL      told to the flow as entry.cohort
  --campaign LABEL    told to the flow as entry.campaign
  --page ADDRESS      the page that the link opens; without it the token alone is printed, to stand behind #parley=
  --external-id ID    makes it personal: who submits first with it writes to the profile of that id. Send it to nobody else
  --site SITE         whose pages it is for; may be left out where there is one site
  --environment NAME  "sandbox" or "prod" (default: prod where the site has pages there)
  --days NUMBER       until it expires: 1 to ${MAX_DAYS} (default: ${DEFAULT_DAYS})
  --flows FOLDER      the flows of parley serve: makes sure that there is such a flow

Environment: SESSION_SECRET (also as SESSION_SECRET_FILE), which has to be that of the relay; and what the settings need of
BRAZE_SANDBOX_ENDPOINT and BRAZE_PROD_ENDPOINT. No key of Braze is needed.

The link goes to the standard output, and what it is to the standard error. Exit code: 0, 2 where the call is wrong.`,

  trouble: 2,

  run: async (args) => {
    const { values } = parseArgs({
      args,
      options: {
        config: { type: 'string' },
        flow: { type: 'string' },
        cohort: { type: 'string' },
        campaign: { type: 'string' },
        page: { type: 'string' },
        'external-id': { type: 'string' },
        site: { type: 'string' },
        environment: { type: 'string' },
        days: { type: 'string' },
        flows: { type: 'string' },
      },
    });
    const { config: file, flows: folder, 'external-id': externalId, ...order } = values;
    if (file === undefined || order.flow === undefined) throw new UsageError(entryLink.usage);
    // Over HTTP it is what Liquid writes for what is not there; here it is a shell's variable that is not set.
    const empty = Object.entries(values).find(([, value]) => value === '');
    if (empty !== undefined) throw new UsageError(`--${empty[0]} is empty; leave it out, or say what it is.`);

    const config = readConfig(file);
    const planned = planOf(
      { ...order, ...(externalId !== undefined && { external_id: externalId }) },
      config.origins,
    );
    if ('problems' in planned) throw new UsageError(planned.problems.map(lineOf).join('\n'));
    const { plan } = planned;
    if (folder !== undefined) assertIsThere(plan.request.flow, folder);

    const token = await createEntryLinks(config, webPorts).make(plan.request, plan.life);
    console.error(aboutOf(plan));
    console.log(plan.page === undefined ? token : linkTo(plan.page, token));
    return 0;
  },
};

/** Nothing is sent to Braze: whoever makes links needs no key of it, not even one that is set. */
const NO_BRAZE_KEYS = {
  BRAZE_SANDBOX_KEY: crypto.randomUUID(),
  BRAZE_SANDBOX_KEY_FILE: undefined,
  BRAZE_PROD_KEY: crypto.randomUUID(),
  BRAZE_PROD_KEY_FILE: undefined,
};

/** @throws {UsageError} @throws {ConfigError} */
function readConfig(file: string): RelayConfig {
  return parseConfig({
    settings: readJson(file),
    env: { ...process.env, ...NO_BRAZE_KEYS },
    readFile: (path) => readFileSync(path, 'utf8'),
  });
}

/** @throws {UsageError} @throws {FlowError} */
function assertIsThere(flow: string, folder: string): void {
  const ids = loadFlows(readFlowFolder(folder)).map(({ id }) => id);
  if (!ids.includes(flow)) throw new UsageError(lineOf({ name: 'flow', words: wordsForUnknown(flow, ids) }));
}

function lineOf({ name, words }: EntryLinkProblem): string {
  return `--${name.replaceAll('_', '-')} ${words}${words.endsWith('?') ? '' : '.'}`;
}

function aboutOf({ request, life }: EntryLinkPlan): string {
  const { site, environment, flow, external_id: externalId } = request;
  const until = new Date(webPorts.clock() + life).toISOString().slice(0, 10);
  return [
    `Opens flow ${flow} on pages of ${site} in ${environment}, until ${until}.`,
    ...(externalId === undefined
      ? []
      : ['It is personal: who submits first with it writes to that profile. Send it to nobody else.']),
  ].join('\n');
}
