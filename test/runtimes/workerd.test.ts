import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { build } from 'esbuild';
import { describeRelay, type RelaySetup, type RelayUnderTest } from '../server/relay-suite.ts';

/** What we use of miniflare, which is not installed where types are checked. */
interface MiniflareModule {
  readonly Miniflare: new (options: object) => { readonly ready: Promise<URL>; dispose(): Promise<void> };
}

/** As an operator's Worker would be: a module that names the settings and the flows. */
async function bundleWorker({ settings, flows }: RelaySetup): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { createWorker } from './server/adapters/workers.ts';
        export default createWorker(${JSON.stringify({ settings, flows })});`,
      resolveDir: process.cwd(),
      loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    target: 'es2023',
    conditions: ['workerd', 'worker', 'browser'],
    write: false,
  });
  const [file] = outputFiles;
  assert.ok(file);
  return file.text;
}

/** The built widget, as the platform's static assets would serve it. */
async function readDist(): Promise<Record<string, string>> {
  const files = (await readdir('dist', { recursive: true })).filter((file) => file.endsWith('.js'));
  const read = files.map(async (file) => [`/${file}`, await readFile(`dist/${file}`, 'utf8')] as const);
  return Object.fromEntries(await Promise.all(read));
}

async function startOnWorkerd(setup: RelaySetup): Promise<RelayUnderTest> {
  const { Miniflare } = createRequire(import.meta.url)('miniflare') as MiniflareModule;
  const files = await readDist();
  const worker = new Miniflare({
    modules: true,
    script: await bundleWorker(setup),
    bindings: setup.env,
    serviceBindings: {
      ASSETS: (request: Request) => {
        const body = files[new URL(request.url).pathname];
        return new Response(body ?? null, {
          status: body === undefined ? 404 : 200,
          headers: { 'content-type': 'text/javascript' },
        });
      },
    },
    compatibilityDate: '2026-07-01',
    host: '127.0.0.1',
    port: 0,
    // What the relay logs has its own tests, on Node.
    handleRuntimeStdio: (stdout: NodeJS.ReadableStream, stderr: NodeJS.ReadableStream) => {
      stdout.resume();
      stderr.pipe(process.stderr);
    },
  });
  const { origin } = await worker.ready;
  return { url: origin, close: () => worker.dispose() };
}

describeRelay('workerd', startOnWorkerd, false);
