import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runScript } from './running-script.ts';

/** Runs what `npm start` runs after the build. */
function start(env: Readonly<Record<string, string>>) {
  const ports = { PORT: '0', PAGES_PORT: '0', BRAZE_PORT: '0', OPERATOR_PORT: '0' };
  const running = runScript('demo/start.ts', [], { ...ports, ...env });
  return { ...running, isUp: running.prints('Flows') };
}

/** A folder of its own: nobody else's flows are touched. */
function copyOfFlows(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-start-'));
  cpSync('demo/flows', folder, { recursive: true });
  return folder;
}

const urlOf = (printed: string, what: string): string => {
  const [, url = ''] = new RegExp(`${what} +(http://\\S+)`).exec(printed) ?? [];
  return url;
};

describe('npm start', () => {
  it('says where to look, serves it there, and ends with Ctrl-C while pages are open', async () => {
    const { child, ended, isUp } = start({});
    const printed = await isUp;
    const page = await fetch(urlOf(printed, 'Landing page'));
    const relay = new URL(urlOf(printed, "Relay's health")).origin;
    assert.ok((await page.text()).includes(`src="${relay}/parley.js"`));
    const stream = await fetch(`${urlOf(printed, 'Braze emulator')}emulator/stream`);
    assert.equal(stream.status, 200);
    const live = await fetch(`${urlOf(printed, 'Landing page')}live`);
    assert.equal(live.status, 200);
    assert.equal((await fetch(`${relay}/healthz`)).status, 200);
    const silent = connect(Number(new URL(relay).port), 'localhost').on('error', () => undefined);
    await once(silent, 'connect');
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    assert.deepEqual([code, stderr], [0, '']);
    for (const each of [stream, live]) await each.body?.cancel().catch(() => undefined);
  });

  it('takes up a flow that is saved, and says so', async () => {
    const folder = copyOfFlows();
    const { child, ended, isUp, prints } = start({ FLOWS: folder });
    assert.match(await isUp, new RegExp(`Flows +${folder}`));
    const file = join(folder, 'welcome.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('I’m Wren', 'I’m Robin'));
    await prints(`${file}: taken up (revision `);
    child.kill('SIGTERM');
    assert.equal((await ended).code, 0);
    rmSync(folder, { recursive: true });
  });

  it('does not start with a flow that has mistakes, and says what they are', async () => {
    const folder = copyOfFlows();
    const file = join(folder, 'welcome.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"start": "hello"', '"start": "helo"'));
    const { code, stdout, stderr } = await start({ FLOWS: folder }).ended;
    rmSync(folder, { recursive: true });
    assert.deepEqual([code, stdout], [1, '']);
    assert.equal(
      stderr,
      `Flow ${file} has mistakes:\n  - ${file}:5:12: error: start: there is no node "helo"; did you mean "hello"? [unknown-node]\n`,
    );
  });

  it('does not start without flows, and says so', async () => {
    const folder = join(tmpdir(), 'parley-without-flows');
    const { code, stdout, stderr } = await start({ FLOWS: folder }).ended;
    assert.deepEqual([code, stdout, stderr], [1, '', `There is no folder ${folder}.\n`]);
  });

  for (const variable of [
    'PORT',
    'PAGES_PORT',
    'TSUBAME_PORT',
    'CARAMBOLA_PORT',
    'BRAZE_PORT',
    'OPERATOR_PORT',
  ]) {
    it(`names ${variable} where its port is taken`, async () => {
      const holder = createServer().listen(0, 'localhost');
      await once(holder, 'listening');
      const port = String((holder.address() as AddressInfo).port);
      const { code, stdout, stderr } = await start({ [variable]: port }).ended;
      holder.close();
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, new RegExp(`^Port ${port} is taken\\. Set ${variable} to a free one: `));
    });

    it(`says what ${variable} should be where it is no port`, async () => {
      const { code, stderr } = await start({ [variable]: '80x' }).ended;
      assert.equal(code, 1);
      assert.equal(stderr, `${variable} is "80x"; it should be a port, a number from 0 to 65535.\n`);
    });
  }
});
