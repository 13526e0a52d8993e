/** The package as an application takes it: packed, installed, bundled, checked by the compiler, and run. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build } from 'esbuild';
import type { Browser } from 'puppeteer-core';
import { rollup } from 'rollup';
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import { SANDBOX_KEY, SESSION_SECRET } from '../server/relay-fixture.ts';
import { servePage, type PageServer } from './page-server.ts';
import { openBrowser, Visitor } from './visitor.ts';

/** The relay serves the application, too. @param here address of its own script */
const appAt = (here: string) => `
  import { ParleyChat, loadWords } from 'parley-chat';
  const chat = document.createElement('parley-chat');
  chat.flow = 'welcome';
  chat.relay = new URL('.', ${here}).href;
  const words = await loadWords('fr');
  chat.name = chat instanceof ParleyChat ? words.locale : '';
  document.body.append(chat);
`;

/** A classic script is over before what it waits for. */
const inFunction = (app: string) =>
  app.replace(/( *const words[^]*)/, (rest) => `  void (async () => {${rest}})();`);

/** What a server imports, and says of it. */
const ON_SERVER = `
  import { ParleyChat, loadWords } from 'parley-chat';
  console.log(typeof ParleyChat, (await loadWords('fr')).locale, typeof customElements);
`;

const TYPED = `
  import { loadWords, type ParleyAnswerEvent, type ParleyChatAttributes } from 'parley-chat';
  const chat = document.createElement('parley-chat');
  const attributes: ParleyChatAttributes = { flow: 'welcome', theme: 'dark', opened: true };
  Object.assign(chat, attributes);
  chat.open();
  chat.addEventListener('parley-answer', (event) => {
    const { node }: ParleyAnswerEvent = event;
    console.log(node);
  });
  const close: string = (await loadWords('fr')).close;
  console.log(close);
  // @ts-expect-error: a flow has a name.
  chat.flow = 1;
`;

const TEMPLATE = `
  import type {} from 'parley-chat/jsx/react';
  export const chat = <parley-chat flow="welcome" opened={true} onparley-end={({ node }) => node.trim()} />;
  // @ts-expect-error: a flow has a name.
  export const wrong = <parley-chat flow={1} />;
`;

/** As much of React's own types as JSX takes. */
const REACT = `
  declare namespace React {
    interface HTMLAttributes<Of> { className?: string; ref?: (element: Of | null) => void }
    type DetailedHTMLProps<Attributes extends HTMLAttributes<Of>, Of> = Attributes & { key?: string };
    namespace JSX { interface Element { type: string } interface IntrinsicElements { p: object } }
  }
  export = React;
  export as namespace React;
`;

const JSX_RUNTIME = `
  import * as React from './index';
  export namespace JSX {
    type Element = React.JSX.Element;
    interface IntrinsicElements extends React.JSX.IntrinsicElements {}
  }
`;

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
    jsx: 'react-jsx',
    types: [],
    lib: ['es2023', 'dom', 'dom.iterable'],
  },
  files: ['typed.ts', 'template.tsx'],
};

describe('the package', () => {
  let folder: string;
  let browser: Browser;
  let page: PageServer;
  let relay: RunningRelay;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parley-package-'));
    const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
    const modules = join(folder, 'node_modules');
    mkdirSync(join(modules, 'react'), { recursive: true });
    // Beside each other, as npm puts them.
    for (const library of ['lit', 'lit-html', 'idb-keyval', 'libphonenumber-js'])
      symlinkSync(resolve('node_modules', library), join(modules, library));
    execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'widget']);
    const packed = execFileSync(
      'npm',
      ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder],
      {
        encoding: 'utf8',
      },
    ).trim();
    execFileSync('tar', ['-xzf', join(folder, packed), '-C', folder]);
    cpSync(join(folder, 'package'), join(modules, 'parley-chat'), { recursive: true });
    write('app.js', appAt('import.meta.url'));
    write('app-classic.js', inFunction(appAt('document.currentScript.src')));
    write('server.mjs', ON_SERVER);
    write('typed.ts', TYPED);
    write('template.tsx', TEMPLATE);
    write('tsconfig.json', JSON.stringify(TSCONFIG));
    write('node_modules/react/index.d.ts', REACT);
    write('node_modules/react/jsx-runtime.d.ts', JSX_RUNTIME);

    const entry = join(folder, 'app.js');
    await build({
      entryPoints: { 'app-esbuild': entry },
      bundle: true,
      splitting: true,
      format: 'esm',
      outdir: join(folder, 'esbuild'),
      logLevel: 'error',
    });
    await build({
      entryPoints: { 'app-classic': join(folder, 'app-classic.js') },
      bundle: true,
      format: 'iife',
      outdir: join(folder, 'esbuild'),
      logLevel: 'error',
    });
    const bundle = await rollup({
      input: { 'app-rollup': entry },
      plugins: [nodeResolve({ browser: true })],
    });
    await bundle.write({ dir: join(folder, 'rollup'), format: 'es' });
    await bundle.close();

    browser = await openBrowser();
    page = await servePage();
    relay = await serveRelay({
      settings: {
        organization: 'BrandExample',
        environments: { sandbox: { endpoint: 'https://rest.iad-01.braze.com' } },
        sites: { brand: { sandbox: [page.url] } },
      },
      env: { BRAZE_SANDBOX_KEY: SANDBOX_KEY, SESSION_SECRET, PARLEY_DEVELOPMENT: '1' },
      flows: [
        {
          source: 'welcome.json',
          json: JSON.parse(readFileSync('demo/flows/welcome.json', 'utf8')) as unknown,
        },
      ],
      assets: ['esbuild', 'rollup'].map((bundler) => join(folder, bundler)),
      store: createSqliteStore({ file: ':memory:', clock: Date.now }),
      port: 0,
      hostname: 'localhost',
      log: () => undefined,
    });
  });
  after(async () => {
    await browser.close();
    await relay.close();
    await page.close();
    rmSync(folder, { recursive: true });
  });

  for (const bundler of ['esbuild', 'rollup']) {
    it(`runs in an application that ${bundler} has bundled`, async () => {
      page.setBody(`<script type="module" crossorigin src="${relay.url}/app-${bundler}.js"></script>`);
      const visitor = await Visitor.arrive(browser);
      try {
        await visitor.visit(page.url);
        await visitor.hears('What’s your first name?');
        assert.equal(await visitor.page.$eval('parley-chat', ({ name }) => name), 'fr');
      } finally {
        await visitor.leave();
      }
    });
  }

  it('runs in an application that is one classic script', async () => {
    page.setBody(`<script src="${relay.url}/app-classic.js"></script>`);
    const visitor = await Visitor.arrive(browser);
    const errors: unknown[] = [];
    visitor.page.on('pageerror', (error) => errors.push(error));
    try {
      await visitor.visit(page.url);
      await visitor.hears('What’s your first name?');
      assert.deepEqual(errors, []);
    } finally {
      await visitor.leave();
    }
  });

  for (const condition of ['node', 'workerd', 'edge-light']) {
    it(`is imported on a server, and does nothing there: ${condition}`, async () => {
      const outfile = join(folder, condition, 'server.mjs');
      await build({
        entryPoints: [join(folder, 'server.mjs')],
        bundle: true,
        platform: 'neutral',
        conditions: [condition],
        format: 'esm',
        outfile,
        logLevel: 'error',
      });
      const { status, stdout, stderr } = spawnSync(process.execPath, [outfile], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      assert.equal(stdout, 'function fr undefined\n');
    });
  }

  it('is imported by Node as it is', () => {
    const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'server.mjs')], {
      encoding: 'utf8',
    });
    assert.equal(stdout, 'function fr undefined\n', stderr);
  });

  it('brings what describes its element to tools', () => {
    const { customElements } = JSON.parse(readFileSync(join(folder, 'package', 'package.json'), 'utf8')) as {
      readonly customElements: string;
    };
    const { modules } = JSON.parse(readFileSync(join(folder, 'package', customElements), 'utf8')) as {
      readonly modules: readonly unknown[];
    };
    assert.ok(modules.length > 0);
  });

  it('leaves the libraries to the application', () => {
    const built = join(folder, 'package', 'build', 'module');
    const code = readdirSync(built).map((file) => readFileSync(join(built, file), 'utf8'));
    for (const library of ['lit', 'idb-keyval', 'libphonenumber-js/min'])
      assert.ok(
        code.some((text) => text.includes(`from"${library}"`)),
        library,
      );
  });

  it('has types that an application is held to, in its templates too', () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      [resolve('node_modules/typescript/bin/tsc'), '-p', folder],
      {
        encoding: 'utf8',
      },
    );
    assert.equal(status, 0, stdout);
  });
});
