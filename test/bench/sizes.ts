/** Bundles what is shipped, as it is shipped, and counts bytes. */
import { readFile, readdir } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { rollup, type InputPluginOption } from 'rollup';

export type Size = Readonly<Record<'raw' | 'gzip' | 'brotli', number>>;

type Measured = 'loader' | 'conversation' | 'delivery' | 'flow';

/**
 * `loader`: the script tag's file. `conversation`: all that a text-and-choices conversation loads, loader and Lit included.
 * `delivery`: outbox and transport bundled alone, with idb-keyval. `flow`: the pure core bundled alone.
 * @throws {Error} where `dist/` was not built
 */
export async function measureSizes(): Promise<Record<Measured, Size>> {
  const loader = [await readFile('dist/parley.js')];
  const chunks = await Promise.all(
    (await readdir('dist/assets')).map((file) => readFile(`dist/assets/${file}`)),
  );
  return {
    loader: sizeOf(loader),
    conversation: sizeOf([...loader, ...chunks]),
    delivery: sizeOf([
      await bundle(['widget/outbox/outbox.ts', 'widget/outbox/store.ts', 'widget/transport/relay-client.ts']),
    ]),
    flow: sizeOf([await bundle(['widget/flow/transition.ts', 'widget/flow/transcript.ts'])]),
  };
}

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

const ENTRY = 'parley:entry';

async function bundle(files: readonly string[]): Promise<Uint8Array> {
  const config = (await import(pathToFileURL('rollup.config.mjs').href)) as { plugins: InputPluginOption[] };
  const entry = {
    name: 'parley-entry',
    resolveId: (id: string) => (id === ENTRY ? id : null),
    load: (id: string) =>
      id === ENTRY
        ? files.map((file) => `export * from ${JSON.stringify(`${process.cwd()}/${file}`)};`).join('\n')
        : null,
  };
  const built = await rollup({ input: ENTRY, plugins: [entry, ...config.plugins] });
  const { output } = await built.generate({ format: 'es' });
  await built.close();
  return new TextEncoder().encode(output[0].code);
}
