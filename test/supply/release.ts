/**
 * `npm run release`: all that a release is made of, from a clean tree. Installs what the lockfile names, checks, tests, packs into
 * `build/release`, and writes what is in it (CycloneDX) and the hashes by which pages name the loader. Publishes nothing.
 */
import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = 'build/release';

const options: ExecFileSyncOptions = { stdio: 'inherit', shell: process.platform === 'win32' };

function npm(...args: readonly string[]): void {
  console.log(`\n> npm ${args.join(' ')}`);
  execFileSync('npm', args, options);
}

/** What is in the package, and what a relay needs beside it: nothing that is only there to work on the project. */
function writeBill(): void {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'];
  const written = execFileSync('npm', args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  const bill = JSON.parse(String(written)) as {
    readonly metadata: { readonly component: { name: string } };
    readonly components: readonly unknown[];
  };
  // npm takes that of the folder.
  bill.metadata.component.name = 'parley-chat';
  writeFileSync(join(FOLDER, 'sbom.cdx.json'), `${JSON.stringify(bill, null, 2)}\n`);
  console.log(`sbom.cdx.json: ${bill.components.length} packages`);
}

const changed = execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8' });
if (changed !== '')
  throw new Error(`A release is made of what is committed. These files are not:\n${changed}`);
npm('ci');
// Asks the registry whether anything is known against what is shipped. Without it a release waits.
npm('audit', '--omit', 'dev');
npm('test');
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
writeBill();
npm('pack', '--pack-destination', FOLDER);
copyFileSync('dist/integrity.json', join(FOLDER, 'integrity.json'));
console.log(`\nIn ${FOLDER}: the package, sbom.cdx.json, integrity.json\n`);
for (const [file, hash] of Object.entries(JSON.parse(readFileSync('dist/integrity.json', 'utf8')) as object))
  console.log(`${file}  ${String(hash)}`);
