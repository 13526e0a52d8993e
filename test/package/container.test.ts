/**
 * The Containerfile, as far as it can be tried without an image: its stages are folders here, filled with what it copies, and its commands
 * are run in them. What it installs is what `npm ci` has installed.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startServe } from '../relay/serve-process.ts';
import { SANDBOX_KEY, SESSION_SECRET } from '../server/relay-fixture.ts';
import { copiesOf, parseContainerfile, wordsOf, type Stage } from './containerfile.ts';

const stages = parseContainerfile(readFileSync('Containerfile', 'utf8'));
const [build, libraries, last] = stages as [Stage, Stage, Stage];
const stepsOf = (stage: Stage, instruction: string) =>
  stage.steps.filter((step) => step.instruction === instruction).map(({ words }) => words);
/** A command of the last stage. The Node of the image is the one that runs this. */
const commandOf = (...lists: readonly string[]) => {
  const [, ...args] = lists.flatMap((list) => JSON.parse(list) as string[]);
  return [process.execPath, ...args] as const;
};

const { scripts, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

describe('the container file', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'parley-container-'))));
  after(() => rmSync(folder, { recursive: true }));

  /** As the builder does with what it is given of this folder, or of an earlier stage. */
  const copy = (stage: Stage, into: string, from?: string, base = '.') => {
    for (const { sources, target } of copiesOf(stage, from))
      for (const source of sources) {
        const file = join(base, source.replace(/^\/(?:src|app)\//, ''));
        const isFolder = target.endsWith('/');
        cpSync(file, join(into, target, isFolder ? basename(source) : ''), {
          recursive: true,
          filter: (each) => !/(^|\/)(node_modules|data)$/.test(each),
        });
      }
  };

  it('has the Node that the tests have', () => {
    for (const { image } of stages)
      assert.equal(image, `docker.io/library/node:${devDependencies['node'] ?? ''}-bookworm-slim`);
  });

  it('copies what there is, and what the builder is given', () => {
    const given = readFileSync('.dockerignore', 'utf8').split('\n');
    assert.ok(given.includes('*'), 'nothing else is given');
    for (const stage of stages)
      for (const source of copiesOf(stage).flatMap(({ sources }) => sources)) {
        assert.ok(existsSync(source), source);
        assert.ok(given.includes(`!${source}`), `${source} is kept from the builder`);
      }
  });

  it('builds as the package is built, and runs as nobody who may write', () => {
    const [install, ...built] = stepsOf(build, 'RUN');
    assert.match(install ?? '', /^npm ci /);
    for (const command of built) {
      assert.ok(scripts['prepack']?.includes(command), `${command} is not of prepack`);
      assert.ok(Object.hasOwn(scripts, command.replace('npm run --silent ', '')), command);
    }
    assert.match(wordsOf(libraries, 'RUN'), /^npm ci --omit=dev /);
    const order = last.steps.map(({ instruction }) => instruction);
    assert.equal(wordsOf(last, 'USER'), 'node');
    assert.ok(order.lastIndexOf('USER') > order.lastIndexOf('RUN'));
  });

  it('has in it a relay that starts, is found healthy, and ends', async () => {
    const source = join(folder, 'src');
    const app = join(folder, 'app');
    const etc = join(folder, 'etc');
    copy(build, source);
    symlinkSync(resolve('node_modules'), join(source, 'node_modules'));
    for (const command of stepsOf(build, 'RUN').slice(1))
      execFileSync(command, { cwd: source, shell: true, stdio: 'pipe' });
    copy(last, app);
    copy(last, app, 'build', source);
    symlinkSync(resolve('node_modules'), join(app, 'node_modules'));

    mkdirSync(join(etc, 'flows'), { recursive: true });
    cpSync('demo/flows/welcome.json', join(etc, 'flows', 'welcome.json'));
    const settings = {
      organization: 'BrandExample',
      environments: { sandbox: { endpoint: 'https://rest.iad-01.braze.com' } },
      sites: { brand: { sandbox: ['https://brand.example'] } },
    };
    writeFileSync(join(etc, 'parley.json'), JSON.stringify(settings));
    const [program, ...args] = commandOf(wordsOf(last, 'ENTRYPOINT'), wordsOf(last, 'CMD'));
    const placed = args.map((word) =>
      word.replace(/^\/etc\/parley/, etc).replace(/^\/data/, join(folder, 'data')),
    );
    const relay = await startServe({
      command: [program, ...placed],
      cwd: app,
      env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, SESSION_SECRET },
    });
    const [, ...checking] = commandOf(wordsOf(last, 'HEALTHCHECK').replace(/^CMD /, ''));
    const check = (port: string) =>
      spawnSync(program, checking, { env: { ...process.env, PORT: port } }).status;
    const { port } = new URL(relay.url);
    assert.equal(check(port), 0);
    assert.equal((await fetch(`${relay.url}/parley.js`)).status, 200);
    const [signal] = stepsOf(last, 'STOPSIGNAL') as [NodeJS.Signals];
    relay.kill(signal);
    assert.equal((await relay.ended).code, 0);
    assert.equal(check(port), 1);
  });
});
