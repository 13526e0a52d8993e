/** `npm run test:package`: the package from an empty folder, as its users have it. It needs the registry, for what the package depends on. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { serveEmulator, type EmulatorServer } from '../../demo/braze/serve.ts';
import { servePage, type PageServer } from '../journey/page-server.ts';
import { openBrowser, Visitor } from '../journey/visitor.ts';
import { startServe, type ServeProcess } from '../relay/serve-process.ts';
import { SANDBOX_KEY, SESSION_SECRET } from '../server/relay-fixture.ts';
import { CONSUMER, FRAMEWORKS, PLATFORM, tsconfigFor, WORKER, workerTsconfigFor } from './consumer.ts';
import { add, install, listFiles, makeFolder, npx, pack, runIn } from './packed.ts';

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** All that is in it. No test, no demo, no source but types for templates, no map. */
const FILES =
  /^(?:LICENSE|README\.md|package\.json|custom-elements\.json|dist\/(?:[\w.-]+\/)?[\w.-]+\.(?:js|txt)|dist\/integrity\.json|build\/module\/[\w-]+\.js|build\/types\/widget\/[\w/.-]+\.d\.ts|build\/(?:server|widget\/(?:contract|flow))\/[\w/-]+\.(?:js|d\.ts)|build\/server\/(?:openapi|flows\/flow\.schema)\.json|widget\/jsx\/\w+\.d\.ts)$/;

/** Bytes, of the package and of what is in it: a sixth more than it is. What is in it twice, or by mistake, is more. */
const MOST_PACKED = 750_000;
const MOST_UNPACKED = 2_900_000;

/** It is an ES module and nothing else: these say what CommonJS and the resolution of Node 10 would find. */
const OF_OTHER_MODULES = ['CJSResolvesToESM', 'NoResolution'];

describe('the package in an empty folder', () => {
  let folder: string;
  let packed: string;
  let installed: string;
  let manifest: Manifest;

  before(async () => {
    folder = makeFolder();
    packed = await pack(folder);
    await install(packed, folder);
    installed = join(folder, 'node_modules', 'parley-chat');
    manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Manifest;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has the files that it is to have, and no others', async () => {
    const { files, bytes } = await listFiles(packed);
    assert.deepEqual(
      files.filter((file) => !FILES.test(file)),
      [],
    );
    const size = readFileSync(packed).length;
    console.log(`The package: ${files.length} files, ${bytes} bytes, packed ${size}`);
    assert.ok(size <= MOST_PACKED && bytes <= MOST_UNPACKED, `${size} bytes packed, ${bytes} unpacked`);
  });

  it('has nothing to say to publint', async () => {
    const tarball = readFileSync(packed);
    const { messages, pkg } = await publint({
      pack: { tarball: Uint8Array.from(tarball).buffer },
      level: 'warning',
    });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg as object, { color: false })),
      [],
    );
  });

  it('has types that are found where its modules are', async () => {
    const found = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(packed))));
    assert.ok(found.types !== false);
    const problems = found.problems.filter(
      (problem) =>
        !OF_OTHER_MODULES.includes(problem.kind) ||
        ('resolutionKind' in problem && !['node10', 'node16-cjs'].includes(problem.resolutionKind)),
    );
    assert.deepEqual(problems, []);
  });

  it('depends on what its modules import, on all of it, and on nothing else', async () => {
    const { files } = await listFiles(packed);
    const { inputs } = await reach([...entriesOf(manifest), 'build/server/cli.js'], installed);
    const imported = Object.values(inputs)
      .flatMap(({ imports }) => imports)
      .flatMap(({ path, external }) =>
        external === true && !/^(?:node|cloudflare):/.test(path) ? [path] : [],
      )
      .map((path) => path.split('/', path.startsWith('@') ? 2 : 1).join('/'));
    assert.deepEqual([...new Set(imported)].sort(), Object.keys(manifest.dependencies).sort());
    const left = files.filter((file) => /^build\/(?!types).*\.js$/.test(file) && !(file in inputs));
    // What is left of a module that has types alone.
    const isBare = (file: string) => /^export \{\};$/m.test(readFileSync(join(installed, file), 'utf8'));
    assert.deepEqual(
      left.filter((file) => !isBare(file)),
      [],
      'modules that nothing imports',
    );
  });

  /** @returns what the compiler says */
  const compile = async (tsconfig: object): Promise<string> => {
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
    const compiler = resolve('node_modules/typescript/bin/tsc');
    return (await runIn(folder, process.execPath, [compiler, '-p', folder])).stdout;
  };

  for (const [module, resolution] of [
    ['esnext', 'bundler'],
    ['nodenext', 'nodenext'],
  ] as const) {
    it(`has types for each of its doors, by the resolution "${resolution}"`, async () => {
      for (const door of Object.keys(manifest.exports).filter((name) => !/\bpackage\.json$/.test(name)))
        assert.ok(CONSUMER.includes(`'parley-chat${door.slice(1)}'`), `${door} is not tried`);
      writeFileSync(join(folder, 'consumer.ts'), CONSUMER);
      writeFileSync(join(folder, 'frameworks.d.ts'), FRAMEWORKS);
      assert.equal(await compile(tsconfigFor(module, resolution)), '');
    });

    it(`has types that go with Cloudflare’s own, by the resolution "${resolution}"`, async () => {
      await add(PLATFORM, folder);
      writeFileSync(join(folder, 'worker.ts'), WORKER);
      assert.equal(await compile(workerTsconfigFor(module, resolution)), '');
    });
  }

  it('says its version, and how each command is called', async () => {
    const version = await npx(folder, 'parley', '--version');
    assert.deepEqual([version.code, version.stdout.trim()], [0, manifest.version]);
    const help = await npx(folder, 'parley', '--help');
    for (const command of ['serve', 'lint', 'simulate', 'graph', 'dead-letters', 'entry-link'])
      assert.match(help.stdout, new RegExp(`^Usage: parley ${command} `, 'm'));
  });

  describe('with a flow and settings', () => {
    let braze: EmulatorServer;
    let page: PageServer;
    let relay: ServeProcess;

    before(async () => {
      const permissions = ['users.track'];
      braze = await serveEmulator({ port: 0, workspaces: [{ keys: [{ key: SANDBOX_KEY, permissions }] }] });
      page = await servePage();
      mkdirSync(join(folder, 'flows'));
      cpSync('demo/flows/welcome.json', join(folder, 'flows', 'welcome.json'));
      const settings = {
        organization: 'BrandExample',
        environments: { sandbox: { endpoint: braze.url } },
        sites: { brand: { sandbox: [page.url] } },
      };
      writeFileSync(join(folder, 'parley.json'), JSON.stringify(settings));
      relay = await startServe({
        command: ['npx', '--no-install', 'parley', 'serve', '--config', 'parley.json', '--flows', './flows'],
        cwd: folder,
        env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
      });
    });
    after(async () => {
      relay.kill('SIGKILL');
      await relay.ended;
      await page.close();
      await braze.close();
    });

    it('checks the flow', async () => {
      const { code, stdout } = await npx(folder, 'parley', 'lint', './flows');
      assert.deepEqual([code, stdout], [0, '1 flow, no mistakes\n']);
    });

    it('serves it to a real page, and what the visitor says is on a profile', async () => {
      page.setBody(
        `<script async crossorigin="anonymous" src="${relay.url}/parley.js" data-flow="welcome" data-name="Tarn &amp; Tor"></script>`,
      );
      const browser = await openBrowser();
      try {
        const visitor = await Visitor.arrive(browser);
        await visitor.visit(page.url);
        await visitor.openChat();
        await visitor.answerAll();
        await visitor.hears('Thank you, Ada.');
      } finally {
        await browser.close();
      }
      const [profile, ...others] = braze.emulator.profiles();
      assert.deepEqual(others, []);
      assert.deepEqual(
        [profile?.standard['first_name'], profile?.standard['email'], profile?.standard['home_city']],
        ['Ada', 'ada@example.com', 'Keswick'],
      );
    });

    for (const [runtime, ...words] of [
      ['deno', 'run', '--allow-all'],
      ['bun', 'run'],
    ] as const) {
      const program = resolve('test/runtimes/node_modules/.bin', runtime);
      const skip = !existsSync(program) && `${runtime} is not there: npm run test:runtimes installs it`;
      it(`is served by ${runtime}, too`, { skip }, async () => {
        const cli = 'node_modules/parley-chat/build/server/cli.js';
        const options = ['--config', 'parley.json', '--flows', 'flows', '--store', `${runtime}.db`];
        const other = await startServe({
          command: [program, ...words, cli, 'serve', ...options],
          cwd: folder,
          env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
        });
        const [flow, loader] = await Promise.all(
          ['/v1/flows/welcome', '/parley.js'].map((path) => fetch(`${other.url}${path}`)),
        );
        assert.deepEqual([flow?.status, loader?.status], [200, 200]);
        other.kill('SIGTERM');
        assert.equal((await other.ended).code, 0);
      });
    }

    it('has its metrics and its store, and ends in good order', async () => {
      const metrics = await fetch(`${relay.operatorUrl}/metrics`);
      assert.match(await metrics.text(), /^parley_submissions_total\{.*outcome="success".*\} 1$/m);
      relay.kill('SIGTERM');
      const { stdout, stderr } = await relay.ended;
      assert.match(stdout, /"event":"closed"/);
      // npm has warnings of its own, of the settings of whoever runs it.
      assert.equal(stderr.replaceAll(/^npm (?:warn|notice) .*\n/gm, ''), '');
      const letters = await npx(folder, 'parley', 'dead-letters', 'list');
      assert.equal(letters.code, 0, letters.stderr);
    });
  });
});

/** Scripts that somebody imports by name. */
function entriesOf({ exports }: Manifest): readonly string[] {
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  return [...new Set(targets.filter((target) => target.endsWith('.js')))];
}

/** All that is loaded from these, by the file. */
async function reach(entries: readonly string[], base: string) {
  const { metafile } = await build({
    absWorkingDir: base,
    entryPoints: [...entries],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    splitting: true,
    outdir: 'none',
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  return metafile;
}
