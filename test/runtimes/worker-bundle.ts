/** A Worker as a deployment has it: one module of ours, and what the platform brings left out. */
import assert from 'node:assert/strict';
import { build } from 'esbuild';
import type { WorkerOptions } from '../../server/adapters/workers/parts.ts';

/** @param contents of its main module, which stands at the top of this repository */
export async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    format: 'esm',
    target: 'es2023',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:workers', 'node:*'],
    write: false,
  });
  const [file] = outputFiles;
  assert.ok(file);
  return file.text;
}

/** As an operator's Worker would be: a module that names the settings and the flows. */
export const bundleWorker = (options: WorkerOptions): Promise<string> =>
  bundle(`import { createWorker } from './server/adapters/workers.ts';
    import { createObjects } from './server/adapters/workers/objects.ts';
    const options = ${JSON.stringify(options)};
    export const { ParleyShard, ParleyShared } = createObjects(options);
    export default createWorker(options);`);
