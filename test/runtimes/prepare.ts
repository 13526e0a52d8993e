/** Installs the other runtimes, once, and builds what they serve, where it is missing. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const shell = process.platform === 'win32';

/** What is looked for: a folder may be there of before one of them was added. */
const RUNTIMES = ['bun', 'deno', 'miniflare', 'wrangler'];

export function installRuntimes(): void {
  const isInstalled = RUNTIMES.every((name) => existsSync(`${here}node_modules/${name}`));
  if (!isInstalled) run('npm', ['ci', '--no-audit', '--no-fund'], here);
}

export function prepareRuntimes(): void {
  installRuntimes();
  if (!existsSync('dist/parley.js')) run('npm', ['run', '--silent', 'build']);
}

function run(command: string, args: string[], cwd?: string): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell, ...(cwd !== undefined && { cwd }) });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed.`);
}
