/** The stores' own suite, run by a runtime's own runner of tests. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';
import { COMMANDS } from './relay-process.ts';

const FILE = './test/runtimes/sqlite-process.ts';

/** What runs the file, and how it says at its end what has passed: Deno counts each `it` as a step. */
const RUNNERS = {
  deno: { args: ['test', '--allow-all', '--no-check', FILE], passed: /\((\d+) steps\) \| 0 failed/ },
  bun: { args: ['test', FILE], passed: /^ *(\d+) pass\n *0 fail$/m },
} as const;

export function describeStoreOf(runtime: keyof typeof RUNNERS): void {
  it(`the store in SQLite on ${runtime} keeps what every store keeps`, () => {
    const { args, passed } = RUNNERS[runtime];
    const [program] = COMMANDS[runtime];
    const { status, stdout, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    });
    const [, count] = passed.exec(`${stdout}${stderr}`) ?? [];
    assert.equal(status, 0, `${stdout}${stderr}`);
    console.log(`${runtime}: ${count ?? 'no'} tests of the stores’ suite`);
    assert.ok(Number(count) > 0, 'nothing was tested');
  });
}
