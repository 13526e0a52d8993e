/** Bundles what is shipped, as it is shipped, and counts bytes. */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { rollup, type InputOptions, type OutputChunk, type OutputOptions } from 'rollup';

export type Size = Readonly<Record<'raw' | 'gzip' | 'brotli', number>>;

type Measured =
  'loader' | 'conversation' | 'inputs' | 'phone' | 'delivery' | 'housekeeping' | 'page' | 'flow';

/** All that reads the page, with what of it is fetched later. */
const PAGE = ['page', 'tags'].map((name) => `widget/page/${name}.ts`);

/** Modules that are fetched only with a flow that needs them. */
const INPUTS = 'widget/view/further.ts';
const PHONE = 'widget/reading/phone-numbers.ts';
const HOUSEKEEPING = 'widget/outbox/housekeeping.ts';

/**
 * `loader`: the script tag's file. `conversation`: all that a text-and-choices conversation loads, loader and Lit included.
 * `inputs` and `phone`: what a flow with other inputs loads besides, and one that asks for a telephone number.
 * `delivery`: outbox and transport bundled alone, with idb-keyval. `housekeeping`: what they fetch once in a while: what is over age or
 * too much, storage that fails. `page`: what reads
 * the page, bundled alone. `flow`: the pure core bundled alone.
 * @throws {Error} where `dist/` was not built from what there is now
 */
export async function measureSizes(): Promise<Record<Measured, Size>> {
  const { conversation, plugins } = await readConfig();
  const built = await rollup({ ...conversation, plugins });
  const { output } = await built.generate(conversation.output);
  await built.close();
  const chunks = output.filter((each) => each.type === 'chunk');
  const entry = loadedBy(chunks, (chunk) => chunk.isEntry);
  const inputs = loadedBy(chunks, isModule(INPUTS), entry);
  const phone = loadedBy(chunks, isModule(PHONE), [...entry, ...inputs]);
  const housekeeping = loadedBy(chunks, isModule(HOUSEKEEPING), entry);
  const loader = [await readFile('dist/parley.js')];
  return {
    loader: sizeOf(loader),
    conversation: sizeOf([...loader, ...(await readShipped(entry))]),
    inputs: sizeOf(await readShipped(inputs)),
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
    page: sizeOf(await bundle(PAGE)),
    flow: sizeOf(await bundle(['widget/flow/transition.ts', 'widget/flow/transcript.ts'])),
  };
}

const isModule = (path: string) => (chunk: OutputChunk) =>
  chunk.facadeModuleId?.endsWith(`/${path}`) === true;

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

/** @returns what is loaded at once; what is loaded later, or never, is left out as it is in the conversation */
async function bundle(files: readonly string[]): Promise<readonly Uint8Array[]> {
  const { plugins } = await readConfig();
  const entry = {
    name: 'parley-entry',
    resolveId: (id: string) => (id === ENTRY ? id : null),
    load: (id: string) =>
      id === ENTRY
        ? files.map((file) => `export * from ${JSON.stringify(`${process.cwd()}/${file}`)};`).join('\n')
        : null,
  };
  // Without a file that does nothing but name what the others export.
  const preserveEntrySignatures = 'allow-extension';
  const built = await rollup({ input: ENTRY, plugins: [entry, plugins], preserveEntrySignatures });
  const { output } = await built.generate({ format: 'es' });
  await built.close();
  const chunks = output.filter((each) => each.type === 'chunk');
  const loaded = loadedBy(chunks, (chunk) => chunk.isEntry);
  return chunks
    .filter(({ fileName }) => loaded.includes(fileName))
    .map(({ code }) => new TextEncoder().encode(code));
}
