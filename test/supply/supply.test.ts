/** What this project is made of, and what it gives on. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { licenceProblems, type LockedPackage } from './licence-rules.ts';

const LOCK = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage & { readonly hasInstallScript?: boolean }>>;
};

const { devEngines } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly devEngines: { readonly packageManager: { readonly version: string } };
};

/** Of the npm that runs. */
const NPM = execFileSync('npm', ['--version'], { encoding: 'utf8' }).trim();

/** Whether it is the one that package.json asks for. */
const enforces = (() => {
  const [major = 0, minor = 0] = NPM.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = devEngines.packageManager.version.slice(2).split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
})();

describe('the licence of a package', () => {
  for (const [name, given, problem] of [
    ['may be permissive', { license: 'MIT' }, undefined],
    ['may be one of several', { license: '(GPL-3.0-only OR MIT)' }, undefined],
    [
      'may not be some of several',
      { license: 'GPL-3.0-only AND MIT' },
      /is under GPL-3\.0-only AND MIT, which/,
    ],
    ['may not be copyleft where it is shipped', { license: 'MPL-2.0' }, /MPL-2\.0.*licences to ship$/],
    ['may ask for its own files where it is only worked with', { license: 'MPL-2.0', dev: true }, undefined],
    [
      'may not be copyleft of all in any case',
      { license: 'AGPL-3.0', dev: true },
      /AGPL-3\.0.*to work with$/,
    ],
    ['has to be named', {}, /^@some\/one@1\.2\.3 names no licence; read what it says/],
    ['is not a word that says to look elsewhere', { license: 'SEE LICENSE IN LICENSE.md' }, /SEE LICENSE/],
  ] as const) {
    it(name, () => {
      const [found, ...others] = licenceProblems({
        '': { license: 'GPL-3.0-only' },
        'node_modules/any/node_modules/@some/one': { version: '1.2.3', ...given },
      });
      assert.deepEqual(others, []);
      if (problem === undefined) assert.equal(found, undefined);
      else assert.match(found ?? '', problem);
    });
  }
});

describe('a script that a package wants to run when it is installed', () => {
  const { allowScripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly allowScripts: Readonly<Record<string, boolean>>;
  };
  it('was looked at, and only Node’s own is run', () => {
    const asking = Object.entries(LOCK.packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([folder]) => folder.replace(/^.*node_modules\//, ''));
    assert.deepEqual(asking.sort(), Object.keys(allowScripts).sort());
    assert.deepEqual(
      Object.keys(allowScripts).filter((name) => allowScripts[name]),
      ['node'],
    );
  });

  /** A project with our settings of npm, and a package that leaves a note when its script is run. @returns what npm said */
  const installAsker = (folder: string, isAllowed: boolean | undefined) => {
    const write = (file: string, content: object) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), JSON.stringify(content));
    };
    const npm = (...args: readonly string[]) =>
      spawnSync('npm', [...args, '--offline', '--no-audit', '--no-fund'], { cwd: folder, encoding: 'utf8' });
    copyFileSync('.npmrc', join(folder, '.npmrc'));
    const note = join(folder, 'note');
    write('asker/package.json', {
      name: 'asker',
      version: '1.0.0',
      scripts: { postinstall: `node -e "fs.writeFileSync('${note}', '')"` },
    });
    npm('pack', './asker', '--ignore-scripts');
    const packed = `file:${join(folder, 'asker-1.0.0.tgz')}`;
    const allowScripts = isAllowed === undefined ? {} : { [packed]: isAllowed };
    write('package.json', { dependencies: { asker: packed }, allowScripts });
    const { status, stderr } = npm('install');
    return { status, stderr, hasRun: existsSync(note) };
  };

  for (const [name, isAllowed] of [
    ['that was not looked at fails the install, and is not run', undefined],
    ['that was refused is not run', false],
    ['that is allowed is run', true],
  ] as const) {
    it(
      name,
      { skip: !enforces && `npm ${NPM} runs all of them: it takes ${devEngines.packageManager.version}` },
      () => {
        const folder = mkdtempSync(join(tmpdir(), 'parley-supply-'));
        const installed = installAsker(folder, isAllowed);
        rmSync(folder, { recursive: true });
        if (isAllowed === undefined) assert.match(installed.stderr, /ESTRICTALLOWSCRIPTS/);
        assert.deepEqual(
          [installed.status === 0, installed.hasRun],
          [isAllowed !== undefined, isAllowed === true],
          installed.stderr,
        );
      },
    );
  }
});

describe('what is given on', () => {
  let files: readonly string[];
  before(() => {
    const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      encoding: 'utf8',
    });
    // A list, or by npm 11 an object by names of packages.
    const [found] = Object.values(JSON.parse(packed) as object) as [{ files: { path: string }[] }];
    files = found.files.map(({ path }) => path);
  });

  it('names nothing of the machine that it was built on, and no map of where it was', () => {
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      assert.ok(!text.includes('sourceMappingURL='), file);
      assert.ok(!text.includes(process.cwd()), file);
    }
  });

  it('has beside the scripts that pages load the licences of what is in them', () => {
    const file = 'dist/THIRD-PARTY-LICENSES.txt';
    assert.ok(files.includes(file));
    const text = readFileSync(file, 'utf8');
    const headings = [...text.matchAll(/(?:^|-{80}\n\n)(\S+) [\d.]+\n\n/g)].map(([, name]) => name);
    const names = ['@lit/reactive-element', 'idb-keyval', 'libphonenumber-js', 'lit-element', 'lit-html'];
    assert.deepEqual(headings, names);
    for (const name of names) {
      const licence = readFileSync(
        `node_modules/${name}/${name === 'idb-keyval' ? 'LICENCE' : 'LICENSE'}`,
        'utf8',
      );
      assert.ok(text.includes(licence.trim()), name);
    }
  });

  it('has no library in the modules for bundlers, which bring their own', () => {
    assert.ok(!files.includes('build/module/THIRD-PARTY-LICENSES.txt'));
  });
});
