/** What the documentation says that a program can check. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { parseConfig } from '../server/config.ts';

const README = readFileSync('README.md', 'utf8');
const MANIFEST = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

const DOCUMENTS = globSync('{README,CONTRIBUTING,CHANGELOG,SECURITY,docs/**/*}.md');

describe('the documentation', () => {
  for (const document of DOCUMENTS) {
    const text = readFileSync(document, 'utf8');
    it(`${document} links to files and headings that are there`, () => {
      const links = [...text.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link]) => link as string);
      for (const link of links) {
        const [file = '', heading] = link.split('#');
        const path = file === '' ? document : join(dirname(document), file);
        assert.ok(existsSync(path), `${link}: there is no ${path}`);
        if (heading === undefined) continue;
        const headings = [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, words = '']) =>
          words.toLowerCase().replaceAll(' ', '-'),
        );
        assert.ok(headings.includes(heading), `${link}: there is no such heading`);
      }
    });
    it(`${document} names scripts that are there`, () => {
      const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script as string);
      for (const script of named) assert.ok(script in MANIFEST.scripts, `npm run ${script}`);
    });
  }

  it('docs/operations.md names each event of the log, and no other', () => {
    const sources = globSync('server/**/*.ts').map((file) => readFileSync(file, 'utf8'));
    const events = sources.flatMap((source) =>
      [...source.matchAll(/\bevent: '(\w+)'/g)].map(([, event]) => event as string),
    );
    const [, table = ''] =
      /^\| event .*\n((?:\|.*\n)+)/m.exec(readFileSync('docs/operations.md', 'utf8')) ?? [];
    const named = table.split('\n').flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)]);
    assert.deepEqual(named.map(([, event]) => event).sort(), [...new Set(events)].sort());
  });

  it('README.md names the two commands as they are', () => {
    assert.match(README, /^ {4}npm ci && npm start$/m);
    assert.match(README, /^ {4}npm ci && npm test$/m);
  });

  it('README.md shows what the commands print', () => {
    const shown = [...README.matchAll(/^ {4}npm run parley -- (.+)\n {4}(.+)$/gm)];
    assert.equal(shown.length, 3);
    for (const [, call = '', line = ''] of shown) {
      const { stdout } = spawnSync(process.execPath, ['server/cli.ts', ...call.split(' ')], {
        encoding: 'utf8',
        input: '',
      });
      assert.ok(stdout.split('\n').includes(line), `${call}:\n${stdout}`);
    }
  });

  it('README.md has settings that the relay takes, with the variables that it names', () => {
    const [, settings = ''] = /```json settings\n([\s\S]*?)```/.exec(README) ?? [];
    const env: Record<string, string> = {};
    for (const name of ['BRAZE_SANDBOX_KEY', 'BRAZE_PROD_KEY', 'SESSION_SECRET']) {
      assert.ok(README.includes(`\`${name}\``), name);
      // As a key of Braze is, and long enough for a secret of ours.
      env[name] = crypto.randomUUID();
    }
    const { origins, deadline, brazeTimeout, flowMaxAge } = parseConfig({
      settings: JSON.parse(settings),
      env,
    });
    assert.equal(origins.get('https://www.tarnandtor.example')?.environment.name, 'prod');
    assert.equal(origins.get('https://staging.tarnandtor.example')?.environment.name, 'sandbox');
    assert.ok(README.includes(`(${deadline} ms)`) && README.includes(`(${brazeTimeout} ms)`));
    assert.ok(README.includes(`(${flowMaxAge} seconds)`));
  });
});
