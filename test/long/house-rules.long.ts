/** What `npm run check` refuses, tried on a copy of the project. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFile, cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';

interface Violation {
  readonly name: string;
  readonly file: string;
  /** Appended to the file. */
  readonly line: string;
  readonly says: RegExp;
}

/** What the compiler refuses. */
const TYPES: readonly Violation[] = [
  {
    name: 'the widget imports the server',
    file: 'widget/wake.ts',
    line: "export { VERSION } from '../server/version.ts';",
    says: /^widget\/wake\.ts.*error TS6307: File '.*\/server\/version\.ts' is not listed/m,
  },
  {
    name: 'the flow reaches for the DOM',
    file: 'widget/flow/path.ts',
    line: 'export const title = () => document.title;',
    says: /^widget\/flow\/path\.ts.*error TS2584: Cannot find name 'document'/m,
  },
  {
    name: 'the flow imports the rest of the widget',
    file: 'widget/flow/path.ts',
    line: "export { wasOpen } from '../wake.ts';",
    says: /^widget\/flow\/path\.ts.*error TS6307/m,
  },
  {
    name: 'the contract imports the flow',
    file: 'widget/contract/wire.ts',
    line: "export { valueAt } from '../flow/path.ts';",
    says: /^widget\/contract\/wire\.ts.*error TS6307/m,
  },
  {
    name: 'the server imports the view',
    file: 'server/version.ts',
    line: "export { wasOpen } from '../widget/wake.ts';",
    says: /^server\/version\.ts.*error TS6307/m,
  },
  {
    name: 'the relay below its adapters reaches for Node',
    file: 'server/version.ts',
    line: "export { readFileSync } from 'node:fs';",
    says: /^server\/version\.ts.*error TS2\d+: Cannot find (module|name) 'node:fs'/m,
  },
  {
    name: 'the emulator shares code with the relay',
    file: 'demo/braze/json.ts',
    line: "export { VERSION } from '../../server/version.ts';",
    says: /^demo\/braze\/json\.ts.*error TS6307/m,
  },
];

/** Those in which `TYPES` are, with what they are built on. */
const PROJECTS = ['widget', 'server', 'demo/braze'];

/** What the linter refuses. */
const LINT: Violation = {
  name: 'the flow asks for the time and for chance, and imports a library',
  file: 'widget/flow/path.ts',
  line: "export const now = () => Date.now() + Math.random();\nexport { html } from 'lit';",
  says: /Unexpected use of 'Date'[\s\S]*'Math\.random' is restricted[\s\S]*'lit' import is restricted/,
};

/** Not copied: what is made, and what is linked. */
const LEFT_OUT = ['.git', 'dist', 'node_modules', join('test', 'runtimes', 'node_modules')];

describe('npm run check', () => {
  let copy: string;
  let scripts: Readonly<Record<'check' | 'check:types' | 'check:lint', string>>;

  const violate = ({ file, line }: Violation) => appendFile(join(copy, file), `\n${line}\n`);
  const run = (command: string) => {
    const { status, stdout } = spawnSync(command, { cwd: copy, encoding: 'utf8', shell: true });
    return { status, said: stdout.replaceAll('\\', '/') };
  };

  before(async () => {
    ({ scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: typeof scripts });
    copy = await mkdtemp(join(tmpdir(), 'parley-'));
    await cp('.', copy, { recursive: true, filter: (path) => !LEFT_OUT.includes(relative('.', path)) });
    await symlink(resolve('node_modules'), join(copy, 'node_modules'));
  });
  after(() => rm(copy, { recursive: true, force: true }));

  it(`fails when ${LINT.name}`, async () => {
    // As the check does, but for the other files.
    const command = scripts['check:lint'].replace(/ \.$/, ` ${LINT.file}`);
    assert.notEqual(command, scripts['check:lint']);
    await violate(LINT);
    const { status, said } = run(`npx ${command}`);
    assert.notEqual(status, 0);
    assert.match(said, LINT.says);
  });

  describe('with a violation of each boundary', () => {
    let refusal: ReturnType<typeof run>;
    before(async () => {
      for (const violation of TYPES) await violate(violation);
      // As the check does, but for the projects that only use these.
      refusal = run(`npx ${scripts['check:types']} ${PROJECTS.join(' ')}`);
    });

    it('fails, and with it the check', () => {
      assert.notEqual(refusal.status, 0);
      assert.match(scripts.check, /^npm run --silent check:types && /);
    });
    for (const { name, says } of TYPES) {
      it(`says that ${name}`, () => assert.match(refusal.said, says));
    }
  });
});
