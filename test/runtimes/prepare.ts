/** Installs the other runtimes, once, and builds what they serve, where it is missing. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const shell = process.platform === 'win32';

export function installRuntimes(): void {
  if (!existsSync(`${here}node_modules`)) run('npm', ['ci', '--no-audit', '--no-fund'], here);
}

export function prepareRuntimes(): void {
  installRuntimes();
  if (!existsSync('dist/parley.js')) run('npm', ['run', '--silent', 'build']);
}

function run(command: string, args: string[], cwd?: string): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell, ...(cwd !== undefined && { cwd }) });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed.`);
}
