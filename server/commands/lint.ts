/** `parley lint`: every mistake of some flows, for marketers, editors and CI. */
import { buffer } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { lineOf, type LintCode, type Path, type Range, type Severity } from '../flows/lint/finding.ts';
import { lintFlows, type FlowSource, type LintedFlow } from '../flows/lint/source.ts';
import { decodeText, isFolder, readFlowFile, readFlowFolder } from './files.ts';
import { UsageError, type Command } from './usage.ts';

/** Apart from 1, which says that there are mistakes. */
const TROUBLE = 2;

export const lint: Command = {
  usage: `Usage: parley lint [--format FORMAT] [--strict] FILE...

  FILE              a flow, a folder of flows, or - for the standard input
  --format FORMAT   "text" (default), or "json" for editors and CI
  --strict          warnings count as errors

Exit code: 0 without errors, 1 with errors, 2 where a file cannot be read or the call is wrong.`,

  trouble: TROUBLE,

  run: async (args) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { format: { type: 'string', default: 'text' }, strict: { type: 'boolean', default: false } },
    });
    const report = Object.hasOwn(REPORTS, values.format) ? REPORTS[values.format] : undefined;
    if (positionals.length === 0 || report === undefined) throw new UsageError(lint.usage);
    const { sources, problems } = await readAll(positionals);
    const flows = lintFlows(sources);
    const reported = report(flows);
    if (reported !== '') console.log(reported);
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) return TROUBLE;
    const { error, warning } = countOf(flows);
    return error > 0 || (values.strict && warning > 0) ? 1 : 0;
  },
};

/** Reads what can be read: one file that cannot is no reason to say nothing of the others. */
async function readAll(paths: readonly string[]) {
  const sources: FlowSource[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    try {
      if (path === '-')
        sources.push({ source: '-', text: decodeText(await buffer(process.stdin), 'The standard input') });
      else if (isFolder(path)) sources.push(...readFlowFolder(path));
      else sources.push(readFlowFile(path));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(error.message);
    }
  }
  return { sources, problems };
}

/** What `--format json` prints a list of. */
export interface ReportedFinding extends Partial<Range> {
  readonly file: string;
  readonly path: Path;
  readonly code: LintCode;
  readonly severity: Severity;
  readonly message: string;
}

const REPORTS: Readonly<Record<string, (flows: readonly LintedFlow[]) => string>> = {
  text: (flows) => [...flows.flatMap(linesOf), summaryOf(flows)].join('\n'),
  json: (flows) => JSON.stringify(flows.flatMap(reportedOf), undefined, 2),
};

function linesOf({ source, findings }: LintedFlow): readonly string[] {
  return findings.map((each) => lineOf(each, source));
}

function reportedOf({ source, findings }: LintedFlow): readonly ReportedFinding[] {
  return findings.map((each) => ({ file: source, ...each }));
}

function countOf(flows: readonly LintedFlow[]): Readonly<Record<Severity, number>> {
  const all = flows.flatMap(({ findings }) => findings);
  const error = all.filter(({ severity }) => severity === 'error').length;
  return { error, warning: all.length - error };
}

function summaryOf(flows: readonly LintedFlow[]): string {
  const { error, warning } = countOf(flows);
  const wrong = flows.filter(({ findings }) => findings.length > 0).length;
  if (flows.length === 0) return '';
  if (wrong === 0) return `${numbered(flows.length, 'flow')}, no mistakes`;
  return `${numbered(error, 'error')}, ${numbered(warning, 'warning')} in ${numbered(wrong, 'file')} of ${flows.length}`;
}

function numbered(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
