/** What `npm run check` refuses, tried on a copy of the project. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFile, cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';

interface Violation {
  readonly name: string;
  readonly file: string;
  /** Appended to the file. */
  readonly line: string;
  /** `check`, or the part of it that is enough to see the refusal. */
  readonly script: 'check' | 'check:types' | 'check:lint';
  readonly says: RegExp;
}

const VIOLATIONS: readonly Violation[] = [
  {
    name: 'the widget imports the server',
    file: 'widget/wake.ts',
    line: "export { VERSION } from '../server/version.ts';",
    script: 'check',
    says: /widget\/wake\.ts.*error TS6307: File '.*\/server\/version\.ts' is not listed/,
  },
  {
    name: 'the flow reaches for the DOM',
    file: 'widget/flow/path.ts',
    line: 'export const title = () => document.title;',
    script: 'check',
    says: /widget\/flow\/path\.ts.*error TS2584: Cannot find name 'document'/,
  },
  {
    name: 'the flow imports the rest of the widget',
    file: 'widget/flow/path.ts',
    line: "export { wasOpen } from '../wake.ts';",
    script: 'check:types',
    says: /widget\/flow\/path\.ts.*error TS6307/,
  },
  {
    name: 'the contract imports the flow',
    file: 'widget/contract/wire.ts',
    line: "export { valueAt } from '../flow/path.ts';",
    script: 'check:types',
    says: /widget\/contract\/wire\.ts.*error TS6307/,
  },
  {
    name: 'the server imports the view',
    file: 'server/version.ts',
    line: "export { wasOpen } from '../widget/wake.ts';",
    script: 'check:types',
    says: /server\/version\.ts.*error TS6307/,
  },
  {
    name: 'the relay below its adapters reaches for Node',
    file: 'server/version.ts',
    line: "export { readFileSync } from 'node:fs';",
    script: 'check:types',
    says: /server\/version\.ts.*error TS2\d+: Cannot find (module|name) 'node:fs'/,
  },
  {
    name: 'the emulator shares code with the relay',
    file: 'demo/braze/json.ts',
    line: "export { VERSION } from '../../server/version.ts';",
    script: 'check:types',
    says: /demo\/braze\/json\.ts.*error TS6307/,
  },
  {
    name: 'the flow asks for the time and for chance, and imports a library',
    file: 'widget/flow/path.ts',
    line: "export const now = () => Date.now() + Math.random();\nexport { html } from 'lit';",
    script: 'check:lint',
    says: /Unexpected use of 'Date'[\s\S]*'Math\.random' is restricted[\s\S]*'lit' import is restricted/,
  },
];

/** Not copied: what is made, and what is linked. */
const LEFT_OUT = ['.git', 'dist', 'node_modules', join('test', 'runtimes', 'node_modules')];

describe('npm run check', () => {
  let copy: string;

  before(async () => {
    copy = await mkdtemp(join(tmpdir(), 'parley-'));
    await cp('.', copy, { recursive: true, filter: (path) => !LEFT_OUT.includes(relative('.', path)) });
    await symlink(resolve('node_modules'), join(copy, 'node_modules'));
  });
  after(() => rm(copy, { recursive: true, force: true }));

  for (const { name, file, line, script, says } of VIOLATIONS) {
    it(`fails when ${name}`, async () => {
      const path = join(copy, file);
      await appendFile(path, `\n${line}\n`);
      try {
        const { status, stdout } = spawnSync('npm', ['run', '--silent', script], {
          cwd: copy,
          encoding: 'utf8',
        });
        assert.notEqual(status, 0);
        assert.match(stdout.replaceAll('\\', '/'), says);
      } finally {
        await cp(file, path);
      }
    });
  }
});
