import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';

/** Runs what `npm start` runs after the build. */
function start(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['demo/start.ts'], {
    env: { ...process.env, PORT: '0', PAGES_PORT: '0', BRAZE_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  const isUp = new Promise<string>((resolve) => {
    child.stdout.on('data', () => {
      if (stdout.includes('Relay')) resolve(stdout);
    });
  });
  return { child, ended, isUp };
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
    assert.equal((await fetch(`${relay}/healthz`)).status, 200);
    const silent = connect(Number(new URL(relay).port), 'localhost').on('error', () => undefined);
    await once(silent, 'connect');
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    assert.deepEqual([code, stderr], [0, '']);
    await stream.body?.cancel().catch(() => undefined);
  });

  for (const variable of ['PORT', 'PAGES_PORT', 'BRAZE_PORT']) {
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
