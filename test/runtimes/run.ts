/** `npm run test:runtimes`: the relay's suite on every runtime, and what a process of it does. Installs the runtimes first, once. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runNodeTests } from '../node-tests.ts';
import { addTotals, describeTotals } from '../totals.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const shell = process.platform === 'win32';

/** The files of each. */
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  Node: ['test/server/relay.test.ts', 'test/runtimes/node.test.ts'],
  workerd: ['test/runtimes/workerd.test.ts'],
  Deno: ['test/runtimes/deno.test.ts'],
  Bun: ['test/runtimes/bun.test.ts'],
};

function run(command: string, args: string[], cwd?: string): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell, ...(cwd !== undefined && { cwd }) });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed.`);
}

const isInstalled = ['miniflare', 'deno', 'bun'].every((name) => existsSync(`${here}node_modules/${name}`));
if (!isInstalled) run('npm', ['ci', '--no-audit', '--no-fund'], here);
if (!existsSync('dist/parley.js')) run('npm', ['run', '--silent', 'build']);

const lines: string[] = [];
let all = addTotals([]);
for (const [runtime, files] of Object.entries(RUNTIMES)) {
  const totals = await runNodeTests(files);
  lines.push(`${runtime}: ${describeTotals(totals)}`);
  all = addTotals([all, totals]);
}
for (const failure of all.failures) console.log(`\n✖ ${failure}`);
console.log(`\n${lines.join('\n')}\nRuntimes: ${describeTotals(all)}`);
process.exitCode = all.failed > 0 || all.passed === 0 ? 1 : 0;
