/** Installs the peers from npm beside the project, never into it, and bundles what the page loads. */
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';
import type { Name } from './page/page.ts';

/** The newest of November 2026. What they depend on themselves comes as npm chooses it. */
export const PEERS: Readonly<
  Record<Exclude<Name, 'parley'>, { package: string; version: string; exports: string }>
> = {
  sentry: { package: '@sentry/browser', version: '11.12.0', exports: 'makeBrowserOfflineTransport' },
  workbox: { package: 'workbox-background-sync', version: '7.4.1', exports: 'Queue' },
  segment: { package: '@segment/analytics-next', version: '1.84.3', exports: 'AnalyticsBrowser' },
};

const FOLDER = resolve('node_modules/.cache/parley-bench-outbox');

/** @throws {Error} where npm cannot install */
export async function installPeers(): Promise<void> {
  const dependencies = Object.fromEntries(Object.values(PEERS).map((peer) => [peer.package, peer.version]));
  const installed = await Promise.all(Object.values(PEERS).map(isInstalled));
  if (installed.every(Boolean)) return;
  console.error(`Installing ${Object.keys(dependencies).join(', ')} into ${FOLDER}`);
  await mkdir(FOLDER, { recursive: true });
  await writeFile(
    join(FOLDER, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies }, null, 2),
  );
  const options = [
    '--no-save',
    '--no-package-lock',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--loglevel=error',
  ];
  const { status } = spawnSync('npm', ['install', ...options], {
    cwd: FOLDER,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm could not install the peers into ${FOLDER}; it says why above.`);
}

async function isInstalled(peer: { package: string; version: string }): Promise<boolean> {
  const manifest = join(FOLDER, 'node_modules', peer.package, 'package.json');
  const text = await readFile(manifest, 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { version?: string }).version === peer.version;
}

/** As production pages have them. */
const OPTIONS = {
  bundle: true,
  write: false,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  conditions: ['production'],
  define: { 'process.env.NODE_ENV': '"production"' },
} satisfies BuildOptions;

/** The scripts that the page loads, by their path. */
export async function bundleScripts(): Promise<ReadonlyMap<string, string>> {
  const page = fileURLToPath(import.meta.resolve('./page/page.ts'));
  const scripts = new Map([['/page.js', await bundle({ entryPoints: [page] })]]);
  for (const [name, peer] of Object.entries(PEERS)) {
    const contents = `export { ${peer.exports} } from '${peer.package}';`;
    scripts.set(`/${name}.js`, await bundle({ stdin: { contents, resolveDir: FOLDER } }));
  }
  return scripts;
}

async function bundle(input: BuildOptions): Promise<string> {
  const { outputFiles } = await build({ ...OPTIONS, ...input, write: false });
  return outputFiles[0]?.text ?? '';
}
