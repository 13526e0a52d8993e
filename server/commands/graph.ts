/** `parley graph`: a flow as a picture, for reviews and documents; with what was counted of it, for who wants to better it. */
import { parseArgs } from 'node:util';
import type { Flow } from '../../widget/contract/flow.ts';
import { ENVIRONMENTS } from '../config.ts';
import { isError } from '../flows/lint/finding.ts';
import { readShape } from '../flows/lint/shape.ts';
import { lintFlows } from '../flows/lint/source.ts';
import { FlowError, loadFlows } from '../flows/load.ts';
import { mermaidOf } from '../flows/mermaid.ts';
import { revisionName } from '../flows/revisions.ts';
import { revisionOf, type LoadedFlow } from '../flows/shelf.ts';
import { statsOf } from '../places/flow-stats.ts';
import type { Counted } from '../store/sqlite/reading.ts';
import { readFlowFile } from './files.ts';
import { DEFAULT_STORE, openCountedIn } from './store-file.ts';
import { UsageError, type Command } from './usage.ts';

const DEFAULT_ENVIRONMENT = 'prod';

export const graph: Command = {
  usage: `Usage: parley graph [--locale LOCALE] FILE
       parley graph --stats [--store STORE] [--environment NAME] [--revision REVISION] [--locale LOCALE] FILE

  FILE                a flow; one with mistakes is drawn as far as it goes
  --locale LOCALE     whose texts are shown (default: the flow's own)
  --stats             with how many came to each node, answered, and left there
  --store STORE       the store of parley serve, which is read alone, or a backup of its file (default: ${DEFAULT_STORE})
  --environment NAME  ${ENVIRONMENTS.join(' or ')} (default: ${DEFAULT_ENVIRONMENT})
  --revision REVISION an earlier one of that flow, or its first characters; drawn as it was then (default: that of FILE)

Prints Mermaid text (https://mermaid.js.org), which GitHub and many editors show as a flowchart.`,

  trouble: 2,

  run: async (args) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        locale: { type: 'string' },
        stats: { type: 'boolean', default: false },
        store: { type: 'string' },
        environment: { type: 'string' },
        revision: { type: 'string' },
      },
    });
    const { stats, locale, store, environment, revision } = values;
    const [file, ...more] = positionals;
    const isOfStats = (store ?? environment ?? revision) !== undefined;
    if (file === undefined || more.length > 0 || (isOfStats && !stats)) throw new UsageError(graph.usage);
    if (stats) return drawCounted(file, { store, environment, revision, locale });
    const [flow] = lintFlows([readFlowFile(file)]);
    if (flow?.json === undefined) throw new FlowError(flow ? [flow] : []);
    console.log(mermaidOf(readShape(flow.json), locale));
    const count = flow.findings.filter(isError).length;
    if (count > 0)
      console.error(`The flow has ${count === 1 ? 'a mistake' : `${count} mistakes`}: parley lint ${file}`);
    return 0;
  },
};

interface Wanted {
  readonly store: string | undefined;
  readonly environment: string | undefined;
  readonly revision: string | undefined;
  readonly locale: string | undefined;
}

async function drawCounted(
  file: string,
  { store: path = DEFAULT_STORE, environment = DEFAULT_ENVIRONMENT, revision, locale }: Wanted,
): Promise<number> {
  if (!ENVIRONMENTS.some((name) => name === environment))
    throw new UsageError(`--environment is "${environment}"; it should be ${ENVIRONMENTS.join(' or ')}.`);
  const [flow] = loadFlows([readFlowFile(file)]) as [Flow];
  const present = { flow, revision: await revisionOf(flow) };
  const store = await openCountedIn(path, process.env);
  try {
    const { id } = flow;
    const loaded = revision === undefined ? present : await earlier(store, present, environment, revision);
    const tallies = await store.tallies.find(environment, id, loaded.revision);
    const draft = readShape(loaded.flow);
    console.log(mermaidOf(draft, locale, statsOf(draft, tallies)));
    if (tallies.length === 0)
      console.error(
        `Nothing was counted of "${id}" at revision ${loaded.revision} in ${environment}. ${await countedWords(store, id)}`,
      );
    return 0;
  } finally {
    await store.close();
  }
}

/** @throws {UsageError} where there is none, or more than one */
async function earlier(
  store: Counted,
  present: LoadedFlow,
  environment: string,
  start: string,
): Promise<LoadedFlow> {
  const { id } = present.flow;
  const all = (await store.tallies.list()).filter(
    (each) => each.flow === id && each.environment === environment,
  );
  const [found, ...others] = all.filter(({ revision }) => revision.startsWith(start));
  if (!found || others.length > 0) {
    const problem = found ? 'more than one begins so' : 'nothing was counted at such a revision';
    throw new UsageError(`--revision is "${start}": ${problem} of "${id}". ${await countedWords(store, id)}`);
  }
  const { revision } = found;
  if (revision === present.revision) return present;
  const flow = (await store.get(revisionName(id, revision))) as Flow | undefined;
  if (flow === undefined)
    throw new UsageError(`The store has counts of "${id}" at revision ${revision}, and its texts no more.`);
  return { flow, revision };
}

async function countedWords(store: Counted, id: string): Promise<string> {
  const all = (await store.tallies.list()).filter(({ flow }) => flow === id);
  if (all.length === 0) return 'Nothing was counted of it at all: a site has to say {"counts": true}.';
  return `There are: ${all.map(({ environment, revision }) => `${environment} ${revision}`).join(', ')}.`;
}
