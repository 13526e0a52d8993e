/** Bundles what is shipped, as it is shipped, and counts bytes. */
import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { rollup, type InputOptions, type OutputChunk, type OutputOptions } from 'rollup';

export type Size = Readonly<Record<'raw' | 'gzip' | 'brotli', number>>;

type Measured =
  | 'loader'
  | 'conversation'
  | 'bubbles'
  | 'decisions'
  | 'inputs'
  | 'words'
  | 'phone'
  | 'delivery'
  | 'housekeeping'
  | 'page'
  | 'flow';

/** What reads the page, with the tags and the rules of consent, which are fetched later. Of their folder they import the rest. */
const PAGE = ['page', 'tags', 'consent'].map((name) => `widget/page/${name}.ts`);

/** Of that folder too: what listens to a site's consent tools, fetched where it names them. */
const BESIDE_PAGE = ['consent-google.ts', 'consent-tcf.ts'];

/** The visitor's own words: one locale is fetched, and English has about as many bytes as the others. */
const LOCALE = 'widget/locale/en.ts';
const WORDS = 'widget/locale/further/en.ts';

/** Modules that are fetched only with a flow that needs them. */
const BUBBLES = 'widget/view/bubbles.ts';
const DECISIONS = 'widget/flow/decide.ts';
const INPUTS = 'widget/view/further.ts';
const PHONE = 'widget/reading/phone-numbers.ts';
const DELIVERY = 'widget/delivery.ts';
const HOUSEKEEPING = 'widget/outbox/housekeeping.ts';

/**
 * `loader`: the script tag's file. `conversation`: all that a conversation in plain words with templates loads, one that asks for text,
 * e-mail addresses and a choice: loader, Lit and the words of one locale included.
 * What a flow loads besides: `bubbles`, where a text has markup, and with pictures and offers; `decisions`, with a branch or a split;
 * `inputs`, with other inputs; `words`, with these, the menu and the widget's question for consent; `phone`, with a telephone number among these.
 * `delivery`: outbox and transport bundled alone, with idb-keyval. `housekeeping`: what they fetch once in a while: what is over age or
 * too much, storage that fails. `page`: what reads the page and what it may be read by, bundled alone. `flow`: the pure core bundled
 * alone.
 * @throws {Error} where `dist/` was not built from what there is now, or a module that reads the page is not measured
 */
export async function measureSizes(): Promise<Record<Measured, Size>> {
  const { conversation, plugins } = await readConfig();
  const built = await rollup({ ...conversation, plugins });
  const { output } = await built.generate(conversation.output);
  await built.close();
  const chunks = output.filter((each) => each.type === 'chunk');
  const main = loadedBy(chunks, ({ isEntry, name }) => isEntry && name === 'parley-chat');
  const entry = [...main, ...loadedBy(chunks, isModule(LOCALE), main)];
  const bubbles = loadedBy(chunks, isModule(BUBBLES), entry);
  const decisions = loadedBy(chunks, isModule(DECISIONS), entry);
  const inputs = loadedBy(chunks, isModule(INPUTS), entry);
  const words = loadedBy(chunks, isModule(WORDS), entry);
  const phone = loadedBy(chunks, isModule(PHONE), [...entry, ...inputs]);
  const kept = loadedBy(chunks, isModule(DELIVERY), entry);
  const housekeeping = loadedBy(chunks, isModule(HOUSEKEEPING), [...entry, ...kept]);
  const loader = [await readFile('dist/parley.js')];
  return {
    loader: sizeOf(loader),
    conversation: sizeOf([...loader, ...(await readShipped(entry))]),
    bubbles: sizeOf(await readShipped(bubbles)),
    decisions: sizeOf(await readShipped(decisions)),
    inputs: sizeOf(await readShipped(inputs)),
    words: sizeOf(await readShipped(words)),
    phone: sizeOf(await readShipped(phone)),
    delivery: sizeOf(
      await bundle([
        'widget/outbox/outbox.ts',
        'widget/outbox/store.ts',
        'widget/outbox/backing.ts',
        'widget/outbox/indexed-records.ts',
        'widget/outbox/tabs.ts',
        'widget/transport/relay-client.ts',
      ]),
    ),
    housekeeping: sizeOf(await readShipped(housekeeping)),
    page: sizeOf(await bundlePage()),
    flow: sizeOf(
      await bundle([
        'widget/flow/decide.ts',
        'widget/flow/markup.ts#readMarkup',
        'widget/flow/transition.ts',
        'widget/flow/transcript.ts',
        'widget/flow/further-answer.ts#furtherAt',
      ]),
    ),
  };
}

const isModule = (path: string) => (chunk: OutputChunk) =>
  chunk.moduleIds.some((id) => id.endsWith(`/${path}`));

/** The chunk and all that it imports at once, as far as it is not loaded already. */
function loadedBy(
  chunks: readonly OutputChunk[],
  isFirst: (chunk: OutputChunk) => boolean,
  loaded: readonly string[] = [],
): readonly string[] {
  const first = chunks.find(isFirst);
  if (!first) throw new Error('The conversation has other chunks than this script knows of.');
  const files = new Set([first.fileName]);
  for (const file of files) {
    chunks.find(({ fileName }) => fileName === file)?.imports.forEach((imported) => files.add(imported));
  }
  return [...files].filter((file) => !loaded.includes(file));
}

const readShipped = (files: readonly string[]) => Promise.all(files.map((file) => readFile(`dist/${file}`)));

/** Each file is compressed for itself, as it travels. */
function sizeOf(files: readonly Uint8Array[]): Size {
  const sum = (bytesOf: (file: Uint8Array) => number) =>
    files.reduce((bytes, file) => bytes + bytesOf(file), 0);
  return {
    raw: sum((file) => file.length),
    gzip: sum((file) => gzipSync(file, { level: 9 }).length),
    brotli: sum((file) => brotliCompressSync(file).length),
  };
}

interface Config {
  readonly conversation: InputOptions & { readonly output: OutputOptions };
  readonly plugins: InputOptions['plugins'];
}

const readConfig = () => import(pathToFileURL('rollup.config.mjs').href) as Promise<Config>;

const ENTRY = 'parley:entry';

async function bundlePage(): Promise<readonly Uint8Array[]> {
  const measured = new Set<string>();
  const files = await bundle(PAGE, measured);
  for (const name of await readdir('widget/page')) {
    const isMeasured = BESIDE_PAGE.includes(name) || measured.has(resolve('widget/page', name));
    if (!isMeasured) throw new Error(`widget/page/${name} is not among what is measured of the page.`);
  }
  return files;
}

/**
 * @param modules hears of each module that is in it
 * @returns what is loaded at once; what is loaded later, or never, is left out as it is in the conversation
 */
async function bundle(files: readonly string[], modules = new Set<string>()): Promise<readonly Uint8Array[]> {
  const { plugins } = await readConfig();
  const reExport = (file: string) => {
    const [path = '', name] = file.split('#');
    const what = name === undefined ? '*' : `{ ${name} }`;
    return `export ${what} from ${JSON.stringify(`${process.cwd()}/${path}`)};`;
  };
  const entry = {
    name: 'parley-entry',
    resolveId: (id: string) => (id === ENTRY ? id : null),
    load: (id: string) => (id === ENTRY ? files.map(reExport).join('\n') : null),
  };
  // Without a file that does nothing but name what the others export.
  const preserveEntrySignatures = 'allow-extension';
  const built = await rollup({ input: ENTRY, plugins: [entry, plugins], preserveEntrySignatures });
  const { output } = await built.generate({ format: 'es' });
  await built.close();
  const chunks = output.filter((each) => each.type === 'chunk');
  const loaded = loadedBy(chunks, (chunk) => chunk.isEntry);
  const found = chunks.filter(({ fileName }) => loaded.includes(fileName));
  for (const { moduleIds } of found) moduleIds.forEach((id) => modules.add(id));
  return found.map(({ code }) => new TextEncoder().encode(code));
}
