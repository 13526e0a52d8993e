/** `parley simulate`: a conversation with a flow in the terminal, or with a file of answers. */
import { text as readAll } from 'node:stream/consumers';
import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { parseArgs, styleText } from 'node:util';
import type { DeviceContext } from '../../widget/contract/wire.ts';
import type { Flow } from '../../widget/contract/flow.ts';
import { FlowError, loadFlows } from '../flows/load.ts';
import { revisionOf, type LoadedFlow } from '../flows/shelf.ts';
import { hint, type Line, type LineKind } from '../flows/simulation/line.ts';
import {
  expectedOf,
  isSimulationOver,
  reloadSimulation,
  startSimulation,
  takeLine,
  type Settings,
  type Simulation,
  type Step,
} from '../flows/simulation/simulation.ts';
import { UNVERIFIED, type Unverified } from '../identity/unverified.ts';
import { readFlowFile, readText } from './files.ts';
import { UsageError, type Command } from './usage.ts';

const DEFAULT_SEED = 'simulation';

/** With answers from a file nothing is of today, so that the same answers print the same. */
const DEFAULT_TIME = '2026-01-01T12:00:00.000Z';

/** Columns where nobody says how many there are. */
const DEFAULT_COLUMNS = 80;

/** Longer lines are hard to read. */
const MAX_COLUMNS = 100;

/** What the command talks through. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly errors: Writable;
  /** ISO 8601 in UTC. */
  readonly now: () => string;
}

export const simulate: Command = {
  usage: `Usage: parley simulate [OPTION...] FILE

  FILE               a flow without mistakes
  --answers ANSWERS  a file of answers, or - for the standard input: one line each. A line that begins with # is a
                     comment; one that begins with ! is an answer that should be refused
  --locale LOCALE    whose texts are shown (default: the flow's own)
  --page PATH        the page that the conversation is on (default: /)
  --tags TAGS        what that is about, with commas between them
  --cohort LABEL     the cohort, and
  --campaign LABEL   the campaign, of the entry link by which the visitor came
  --signed-in ID     the id of the person whom your backend vouches for (default: nobody does)
  --unverified KINDS what the site lets strangers do, of subscribe, identify and merge, with commas between them
  --visits NUMBER    how often the visitor was here, this time included (default: 1)
  --device TYPE      "desktop" (default) or "mobile"
  --system NAME      the operating system (default: Windows, or Android where it is mobile)
  --language TAG     the language of the browser (default: the locale)
  --time-zone ZONE   where the visitor is (default: UTC)
  --time TIME        when it is, in ISO 8601 (default: now; with answers ${DEFAULT_TIME})
  --seed SEED        on which side of a split the visitor falls (default: ${DEFAULT_SEED})

Nothing is sent. At an action you see what would be written, and say how it ends.

Exit code: 0; with answers 1 where they do not lead to an end, or one of them is not taken; 2 where the call is wrong.`,

  trouble: 2,

  run: (args) =>
    simulateOn(args, {
      input: process.stdin,
      output: process.stdout,
      errors: process.stderr,
      now: () => new Date().toISOString(),
    }),
};

/** @throws {UsageError} where it is called wrongly, or a file is not there */
export async function simulateOn(args: string[], terminal: Terminal): Promise<number> {
  const call = readCall(args);
  const { file, answers, time } = call;
  let loaded: LoadedFlow;
  try {
    loaded = await load(file);
  } catch (error) {
    if (!(error instanceof FlowError)) throw error;
    terminal.errors.write(`${error.message}\n`);
    return 1;
  }
  const settings = call.settingsFor(loaded.flow);
  const isTalk = answers === undefined && terminal.input.isTTY === true;
  const now = isTalk ? () => time ?? terminal.now() : () => time ?? DEFAULT_TIME;
  const print = createPrinter(terminal, isTalk);
  const heading = `flow ${loaded.flow.id}, revision ${loaded.revision}, locale ${settings.locale}`;
  print([
    { kind: 'heading', text: heading },
    hint(`Nothing is sent.${isTalk ? ' /help tells what can be typed.' : ''}`),
  ]);
  const started = startSimulation(loaded, settings, now());
  print(started.lines);
  const run: Run = { file, now, print };
  if (isTalk) return talk(started.simulation, run, terminal);
  const isFile = answers !== undefined && answers !== '-';
  const script = isFile ? readText(answers) : await readAll(terminal.input);
  const problem = await play(started.simulation, run, script);
  if (problem === undefined) return 0;
  terminal.errors.write(`${isFile ? answers : '-'}:${problem}\n`);
  return 1;
}

/** What both ways to answer have in common. */
interface Run {
  readonly file: string;
  readonly now: () => string;
  readonly print: (lines: readonly Line[]) => void;
}

/** @throws {FlowError} with the words of `parley lint` */
async function load(file: string): Promise<LoadedFlow> {
  const [flow] = loadFlows([readFlowFile(file)]) as readonly [Flow];
  return { flow, revision: await revisionOf(flow) };
}

/** What a line leads to, printed. */
async function take(simulation: Simulation, typed: string, { file, now, print }: Run): Promise<Step> {
  const step = takeLine(simulation, typed, now());
  const done = step.wants === 'reload' ? await reload(simulation, file, now()) : step;
  print(done.lines);
  return done;
}

async function reload(simulation: Simulation, file: string, time: string): Promise<Step> {
  try {
    return reloadSimulation(simulation, await load(file), time);
  } catch (error) {
    if (!(error instanceof FlowError || error instanceof UsageError)) throw error;
    return { simulation, problem: error.message, lines: [{ kind: 'refusal', text: error.message }] };
  }
}

/** Asks line by line, until the person leaves. */
async function talk(started: Simulation, run: Run, { input, output }: Terminal): Promise<number> {
  const reader = createInterface({ input, output, terminal: output.isTTY === true, prompt: PROMPT });
  let simulation = started;
  reader.prompt();
  for await (const typed of reader) {
    const step = await take(simulation, typed, run);
    if (step.wants === 'quit') break;
    simulation = step.simulation;
    reader.prompt();
  }
  reader.close();
  output.write('\n');
  return 0;
}

/** Answers with the lines of a script. @returns where and why that came to no good end, or `undefined` */
async function play(started: Simulation, run: Run, script: string): Promise<string | undefined> {
  let simulation = started;
  const lines = script.replace(/^\uFEFF/, '').split(/\r\n?|\n/);
  if (lines.at(-1) === '') lines.pop();
  for (const [index, written] of lines.entries()) {
    if (written.startsWith('#') || (written.trim() === '' && isSimulationOver(simulation))) continue;
    const isMeantToFail = written.startsWith('!');
    const typed = isMeantToFail ? written.slice(1).trimStart() : written;
    run.print([{ kind: 'visitor', text: typed }]);
    const step = await take(simulation, typed, run);
    if (step.wants === 'quit') break;
    if (step.problem !== undefined && !isMeantToFail) return `${index + 1}: "${typed}": ${step.problem}`;
    if (step.problem === undefined && isMeantToFail)
      return `${index + 1}: "${typed}" was taken, and should have been refused`;
    ({ simulation } = step);
  }
  return isSimulationOver(simulation)
    ? undefined
    : `${lines.length}: the answers end here, and ${expectedOf(simulation)} is missing`;
}

/** @throws {UsageError} with the usage, or saying which value is wrong */
function readCall(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      answers: { type: 'string' },
      locale: { type: 'string' },
      page: { type: 'string', default: '/' },
      tags: { type: 'string' },
      cohort: { type: 'string' },
      campaign: { type: 'string' },
      'signed-in': { type: 'string' },
      unverified: { type: 'string', default: '' },
      visits: { type: 'string', default: '1' },
      device: { type: 'string', default: 'desktop' },
      system: { type: 'string' },
      language: { type: 'string' },
      'time-zone': { type: 'string', default: 'UTC' },
      time: { type: 'string' },
      seed: { type: 'string', default: DEFAULT_SEED },
    },
  });
  const [file, ...more] = positionals;
  const { answers, page: path, tags, cohort, campaign, device: type, seed, locale: wanted } = values;
  if (file === undefined || more.length > 0) throw new UsageError(simulate.usage);
  if (type !== 'desktop' && type !== 'mobile')
    throw new UsageError(`--device is "${type}"; it should be desktop or mobile.`);
  const visits = Number(values.visits);
  if (!Number.isSafeInteger(visits) || visits < 1)
    throw new UsageError(`--visits is "${values.visits}"; it should be a number such as 3.`);
  const operating_system = values.system ?? (type === 'mobile' ? 'Android' : 'Windows');
  const time_zone = readTimeZone(values['time-zone']);
  const externalId = values['signed-in'];
  const unverified = readUnverified(values.unverified);
  const settingsFor = (flow: Flow): Settings => {
    const locale = wanted ?? flow.locale ?? 'en';
    const device: DeviceContext = { operating_system, type, language: values.language ?? locale, time_zone };
    const page = { path, ...(tags !== undefined && { tags: tagsOf(tags) }) };
    const told = { ...(cohort !== undefined && { cohort }), ...(campaign !== undefined && { campaign }) };
    const entry = Object.keys(told).length > 0 && { entry: { link: 'simulated', ...told } };
    const visitor = { returning: visits > 1, visits };
    const surroundings = { page, device, visitor, ...entry };
    return { locale, seed, surroundings, unverified, ...(externalId !== undefined && { externalId }) };
  };
  return { file, answers, time: values.time === undefined ? undefined : readTime(values.time), settingsFor };
}

/** As a page has them: in lower case. */
function tagsOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((tag) => tag.trim().toLowerCase())
    .filter((tag) => tag !== '');
}

function readUnverified(value: string): Unverified {
  return tagsOf(value).map((each) => {
    const kind = UNVERIFIED.find((known) => known === each);
    if (kind !== undefined) return kind;
    throw new UsageError(`--unverified is "${value}"; it should be some of ${UNVERIFIED.join(', ')}.`);
  });
}

function readTime(value: string): string {
  const time = new Date(value);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw new UsageError(`--time is "${value}"; it should be a time such as ${DEFAULT_TIME}.`);
}

function readTimeZone(value: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone;
  } catch {
    throw new UsageError(`--time-zone is "${value}"; it should be a zone such as Europe/Lisbon.`);
  }
}

const PROMPT = '> ';

/** What stands before the first line of each kind, and before those that follow. */
const MARGINS: Readonly<Record<LineKind, readonly [first: string, next: string]>> = {
  brand: ['│ ', '│ '],
  visitor: [PROMPT, '  '],
  echo: ['  = ', '    '],
  hint: ['  ', '  '],
  refusal: ['  ✗ ', '    '],
  note: ['  · ', '    '],
  heading: ['── ', '   '],
  data: ['    ', '    '],
};

/** What begins something has room above it. */
const SPACED: readonly LineKind[] = ['brand', 'heading'];

const STYLES: Readonly<Partial<Record<LineKind, Parameters<typeof styleText>[0]>>> = {
  echo: 'green',
  hint: 'dim',
  refusal: 'red',
  note: 'cyan',
  heading: 'bold',
};

function createPrinter({ output }: Terminal, isTalk: boolean): Run['print'] {
  const columns = isTalk ? Math.min(output.columns ?? DEFAULT_COLUMNS, MAX_COLUMNS) : DEFAULT_COLUMNS;
  const paint = (kind: LineKind, text: string) => {
    const style = output.isTTY === true ? STYLES[kind] : undefined;
    return style === undefined ? text : styleText(style, text);
  };
  return (lines) => {
    for (const { kind, text } of lines) {
      // What comes from a file or from an answer moves no cursor.
      const plain = text.replace(/(?!\n)\p{Cc}/gu, '');
      const [first, next] = MARGINS[kind];
      const rows = plain
        .split('\n')
        .flatMap((row) => (kind === 'data' ? row : wrap(row, columns - next.length)));
      const block = rows.map((row, index) => paint(kind, `${index === 0 ? first : next}${row}`.trimEnd()));
      output.write(`${SPACED.includes(kind) ? '\n' : ''}${block.join('\n')}\n`);
    }
  };
}

/** Breaks between words. A longer word, and a script without spaces, is the terminal's to break. */
function wrap(text: string, columns: number): readonly string[] {
  const rows: string[] = [];
  const [indent = ''] = /^\s*/.exec(text) ?? [];
  let row = '';
  for (const word of text.split(/(?<=\S)(?=\s)/)) {
    if (row !== '' && row.length + word.length > columns) {
      rows.push(row);
      row = indent + word.trimStart();
    } else row += word;
  }
  return [...rows, row];
}
