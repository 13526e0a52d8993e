/** A key that is revoked while visitors submit, and replaced while the relay runs: `parley serve` as an operator has it, over HTTP. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { serveEmulator, type EmulatorServer } from '../../demo/braze/serve.ts';
import type { Readiness } from '../../server/readiness.ts';
import type { Receipt, SubmissionsResponse } from '../../widget/contract/wire.ts';
import { runScript } from '../demo/running-script.ts';
import { arrivalsAt } from '../relay/accounts.ts';
import {
  createSubmission,
  FLOW,
  openVisitor,
  PROD_KEY,
  SANDBOX_KEY,
  SESSION_SECRET,
  settingsFor,
  type TestVisitor,
} from '../server/relay-fixture.ts';

const NEW_KEY = 'sandbox-key-of-tomorrow';
const PERMISSIONS = ['users.track'];

describe('a REST API key that is revoked, and replaced later', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-key-'));
  const keyFile = join(folder, 'key');
  const submissions: string[] = [];
  let braze: EmulatorServer;
  let relay: ReturnType<typeof runScript>;
  let urls: { readonly relay: string; readonly operator: string };
  let visitors: readonly TestVisitor[];

  before(async () => {
    braze = await serveEmulator({
      port: 0,
      workspaces: [{ keys: [{ key: SANDBOX_KEY, permissions: PERMISSIONS }] }],
    });
    const flows = join(folder, 'flows');
    const config = join(folder, 'settings.json');
    mkdirSync(flows);
    writeFileSync(join(flows, 'welcome.json'), JSON.stringify(FLOW));
    writeFileSync(config, JSON.stringify(settingsFor({ sandbox: braze.url, prod: braze.url })));
    writeFileSync(keyFile, SANDBOX_KEY);
    const args = ['serve', '--config', config, '--flows', flows, '--store', join(folder, 'relay.db')];
    relay = runScript('server/cli.ts', args, {
      PORT: '0',
      OPERATOR_PORT: '0',
      BRAZE_SANDBOX_KEY_FILE: keyFile,
      BRAZE_PROD_KEY: PROD_KEY,
      SESSION_SECRET,
      PARLEY_DEVELOPMENT: '1',
    });
    const printed = await relay.prints('The relay listens at');
    const urlIn = (words: string) => new RegExp(`${words} (http://\\S+)`).exec(printed)?.[1] ?? '';
    urls = { relay: urlIn('The relay listens at'), operator: urlIn('The operator’s port is') };
    visitors = await Promise.all(Array.from({ length: 3 }, () => openVisitor(urls.relay)));
  });
  after(async () => {
    relay.child.kill('SIGTERM');
    await relay.ended;
    await braze.close();
    rmSync(folder, { recursive: true });
  });

  /** Each visitor says something. */
  const say = (): Promise<readonly Receipt[]> =>
    Promise.all(
      visitors.map(async (visitor) => {
        const submission = createSubmission();
        submissions.push(submission.id);
        const response = await visitor.submit(submission);
        assert.equal(response.status, 200);
        const [receipt] = ((await response.json()) as SubmissionsResponse).receipts;
        return receipt as Receipt;
      }),
    );
  const outcomesOf = (receipts: readonly Receipt[]) => receipts.map(({ outcome }) => outcome);
  const readiness = async () => {
    const response = await fetch(`${urls.operator}/readyz`);
    const { checks } = (await response.json()) as Readiness;
    return { status: response.status, checks };
  };
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${urls.operator}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length) ?? 0);
  };

  it('at first all goes well', async () => {
    assert.deepEqual(outcomesOf(await say()), ['success', 'success', 'success']);
    assert.equal((await readiness()).status, 200);
  });

  it('with the key revoked, visitors go on: what they say is queued', async () => {
    braze.emulator.revokeKey(SANDBOX_KEY);
    assert.deepEqual(outcomesOf(await say()), ['queued', 'queued', 'queued']);
    assert.deepEqual(outcomesOf(await say()), ['queued', 'queued', 'queued']);
  });

  it('/readyz says why, without the key', async () => {
    const { status, checks } = await readiness();
    assert.equal(status, 503);
    const [wrong, ...others] = checks.filter(({ ok }) => !ok);
    assert.deepEqual(others, []);
    assert.equal(wrong?.name, 'braze sandbox key');
    assert.match(wrong.detail, /refused the key of sandbox \(401\).*Replace the key and send SIGHUP/);
    assert.ok(!JSON.stringify(checks).includes(SANDBOX_KEY));
  });

  it('/metrics counts it', async () => {
    assert.ok((await metric('parley_braze_requests_total{environment="sandbox",status="401"}')) > 0);
    assert.equal(await metric('parley_submissions_total{environment="sandbox",outcome="queued"}'), 6);
    assert.equal(await metric('parley_spool_submissions'), 6);
  });

  it('with a new key and SIGHUP all is delivered, each once, and the relay is well again', async () => {
    braze.emulator.addKey({ key: NEW_KEY, permissions: PERMISSIONS });
    writeFileSync(keyFile, NEW_KEY);
    relay.child.kill('SIGHUP');
    await relay.prints('"reloaded"');
    await braze.emulator.until((emulator) => arrivalsAt(emulator).size === submissions.length);
    assert.deepEqual(outcomesOf(await say()), ['success', 'success', 'success']);
    assert.deepEqual(
      [...arrivalsAt(braze.emulator)].sort(),
      submissions.map((id) => [id, 1] as const).sort(),
    );
    const { status, checks } = await readiness();
    assert.equal(status, 200, JSON.stringify(checks));
    assert.equal(await metric('parley_spool_submissions'), 0);
    assert.equal(await metric('parley_submissions_total{environment="sandbox",outcome="queued"}'), 6);
  });

  it('prints neither key', async () => {
    const printed = await relay.prints('');
    for (const key of [SANDBOX_KEY, NEW_KEY, PROD_KEY]) assert.ok(!printed.includes(key));
  });
});
