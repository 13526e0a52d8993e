/** `parley graph`: a flow as a picture, for reviews and documents. */
import { parseArgs } from 'node:util';
import { isError } from '../flows/lint/finding.ts';
import { readShape } from '../flows/lint/shape.ts';
import { lintFlows } from '../flows/lint/source.ts';
import { FlowError } from '../flows/load.ts';
import { mermaidOf } from '../flows/mermaid.ts';
import { readFlowFile } from './files.ts';
import { UsageError, type Command } from './usage.ts';

export const graph: Command = {
  usage: `Usage: parley graph [--locale LOCALE] FILE

  FILE              a flow; one with mistakes is drawn as far as it goes
  --locale LOCALE   whose texts are shown (default: the flow's own)

Prints Mermaid text (https://mermaid.js.org), which GitHub and many editors show as a flowchart.`,

  trouble: 2,

  run: async (args) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { locale: { type: 'string' } },
    });
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw new UsageError(graph.usage);
    const [flow] = lintFlows([readFlowFile(file)]);
    if (flow?.json === undefined) throw new FlowError(flow ? [flow] : []);
    console.log(mermaidOf(readShape(flow.json), values.locale));
    const count = flow.findings.filter(isError).length;
    if (count > 0)
      console.error(`The flow has ${count === 1 ? 'a mistake' : `${count} mistakes`}: parley lint ${file}`);
    return 0;
  },
};
