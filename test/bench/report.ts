/** How every script that measures speaks: a table for people, the machine, and with `--json` one object as the last line. */
import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release } from 'node:os';

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** On what it was measured: the machine, Node, and the versions of the named packages. */
export function describeMachine(packages: readonly string[]): string {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  const versions = { ...manifest.dependencies, ...manifest.devDependencies };
  const [cpu] = cpus();
  const machine = `${cpus().length} x ${cpu?.model.trim() ?? 'unknown CPU'}, ${platform()} ${release()} ${arch()}`;
  const named = packages.map((name) => `${name} ${versions[name] ?? '?'}`);
  return [machine, `node ${process.versions.node}`, `parley-chat ${manifest.version}`, ...named].join('; ');
}

/**
 * @param rows each with its name and the numbers of its columns
 * @param packages those whose versions matter to the numbers
 */
export function report(
  rows: Readonly<Record<string, Readonly<Record<string, number>>>>,
  packages: readonly string[],
): void {
  const columns = [...new Set(Object.values(rows).flatMap((row) => Object.keys(row)))];
  const lines = Object.entries(rows).map(([name, row]) => [
    name,
    ...columns.map((column) => String(row[column] ?? '')),
  ]);
  const table = [['', ...columns], ...lines];
  const widths =
    table[0]?.map((_, index) => Math.max(...table.map((line) => line[index]?.length ?? 0))) ?? [];
  for (const line of table) {
    const cells = line.map((cell, index) =>
      index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0),
    );
    console.log(cells.join('  '));
  }
  console.log(`\n${describeMachine(packages)}`);
  if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
}
