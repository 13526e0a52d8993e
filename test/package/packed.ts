/** The package as `npm pack` makes it, and the empty folder that it is installed into. */
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Bytes: what npm and the compiler print when they fail. */
const MAX_BUFFER = 16 * 1024 * 1024;

/** A blank in the name, as many home folders have one. */
export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'parley package '));
}

/** With all that a release builds. @returns the path of the package */
export async function pack(folder: string): Promise<string> {
  const args = ['pack', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', args, { maxBuffer: MAX_BUFFER });
  // What the build prints goes before it. A list, or by npm 11 an object by names of packages.
  const printed = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as object;
  const [{ filename }] = Object.values(printed) as [{ readonly filename: string }];
  return join(folder, filename);
}

/** @returns the paths of its files within the package, and their bytes together */
export async function listFiles(packed: string): Promise<{ files: readonly string[]; bytes: number }> {
  const { stdout } = await run('tar', ['-tvzf', packed], { maxBuffer: MAX_BUFFER });
  const entries = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/\s+/));
  return {
    files: entries.map((entry) => (entry.at(-1) ?? '').replace(/^package\//, '')),
    bytes: entries.reduce((sum, [, , size]) => sum + Number(size), 0),
  };
}

/** As somebody does who has nothing yet, by the registry that npm is set to. */
export async function install(packed: string, folder: string): Promise<void> {
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  await run('npm', ['install', '--no-audit', '--no-fund', packed], { cwd: folder, maxBuffer: MAX_BUFFER });
}

/** @param name with its exact version */
export async function add(name: string, folder: string): Promise<void> {
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', name];
  await run('npm', args, { cwd: folder, maxBuffer: MAX_BUFFER });
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** By the name that the package has for it. */
export function npx(folder: string, ...args: readonly string[]): Promise<Ended> {
  return runIn(folder, 'npx', ['--no-install', ...args]);
}

export async function runIn(folder: string, program: string, args: readonly string[]): Promise<Ended> {
  try {
    return { code: 0, ...(await run(program, args, { cwd: folder, maxBuffer: MAX_BUFFER })) };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && typeof error.code === 'number')) throw error;
    return { code: 1, stdout: '', stderr: '', ...(error as Partial<Ended>) };
  }
}
