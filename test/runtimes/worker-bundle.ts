/** A Worker as a deployment has it: one module of ours, and what the platform brings left out. */
import assert from 'node:assert/strict';
import { build } from 'esbuild';

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
