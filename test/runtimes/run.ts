/** `npm run test:runtimes`: the relay's suite on Node and on workerd. Installs the runtimes first, once. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runNodeTests } from '../node-tests.ts';
import { describeTotals } from '../totals.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const shell = process.platform === 'win32';

function run(command: string, args: string[], cwd?: string): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell, ...(cwd !== undefined && { cwd }) });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed.`);
}

if (!existsSync(`${here}node_modules`)) run('npm', ['ci', '--no-audit', '--no-fund'], here);
if (!existsSync('dist/parley.js')) run('npm', ['run', '--silent', 'build']);
const totals = await runNodeTests(['test/server/relay.test.ts', 'test/runtimes/workerd.test.ts']);
console.log(`\nRuntimes: ${describeTotals(totals)}`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
