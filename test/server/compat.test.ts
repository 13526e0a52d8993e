/** What earlier releases' widgets send is taken by the relay of today: test/fixtures/compat/README.md. */
import assert from 'node:assert/strict';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Emulator } from '../../demo/braze/emulator.ts';
import { serveEmulator } from '../../demo/braze/serve.ts';
import { serveRelay, type RunningRelay } from '../../server/adapters/node.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { Submission, SubmissionsRequest, SubmissionsResponse } from '../../widget/contract/wire.ts';
import {
  openVisitor,
  PROD_KEY,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  SESSION_SECRET,
  settingsFor,
} from './relay-fixture.ts';

const ROOT = 'test/fixtures/compat';

const RELEASES = readdirSync(ROOT, { withFileTypes: true })
  .filter((each) => each.isDirectory())
  .map(({ name }) => name);

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

interface StoredRecord {
  readonly key: string | readonly unknown[];
  readonly value: { readonly submission: Submission };
}

/** What a browser of that release still has to send: a later widget sends it as it was stored. */
const unsentOf = (file: string): readonly Submission[] =>
  (read(file) as readonly StoredRecord[])
    .filter(({ key }) => key[0] === 'submission')
    .map(({ value }) => value.submission);

for (const release of RELEASES) {
  const requests = globSync(`${ROOT}/${release}/requests/*.json`).sort();
  const records = globSync(`${ROOT}/${release}/records/*.json`).filter((file) => unsentOf(file).length > 0);

  describe(`of the release ${release} the relay takes`, () => {
    let braze: { readonly url: string; readonly emulator: Emulator; close(): Promise<void> };
    let relay: RunningRelay;
    let authorization: string;

    before(async () => {
      braze = await serveEmulator({
        port: 0,
        workspaces: [{ keys: [{ key: SANDBOX_KEY, permissions: ['users.track'] }] }],
      });
      relay = await serveRelay({
        settings: settingsFor({ sandbox: braze.url, prod: braze.url }),
        env: {
          BRAZE_SANDBOX_KEY: SANDBOX_KEY,
          BRAZE_PROD_KEY: PROD_KEY,
          SESSION_SECRET,
          PARLEY_DEVELOPMENT: '1',
        },
        flows: globSync(`${ROOT}/${release}/flows/*.json`).map((source) => ({ source, json: read(source) })),
        assets: 'dist',
        store: createSqliteStore({ file: ':memory:', clock: Date.now }),
        port: 0,
        hostname: 'localhost',
        log: () => undefined,
      });
      authorization = `Bearer ${(await openVisitor(relay.url)).grant.session}`;
    });
    after(async () => {
      // The relay is not there where it could not start.
      await braze.close();
      await relay.close();
    });

    const send = async (request: SubmissionsRequest) => {
      const response = await fetch(`${relay.url}/v1/submissions`, {
        method: 'POST',
        headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json', authorization },
        body: JSON.stringify(request),
      });
      assert.equal(response.status, 200, await response.clone().text());
      const { receipts } = (await response.json()) as SubmissionsResponse;
      assert.deepEqual(
        receipts.map(({ id, outcome }) => [id, outcome]),
        request.submissions.map(({ id }) => [id, 'success']),
      );
    };

    it('something of each kind', () => {
      assert.ok(requests.length > 0);
      assert.ok(records.length > 0);
    });

    for (const file of requests) {
      it(file, async () => {
        const request = read(file) as SubmissionsRequest;
        await send(request);
        const [profile] = braze.emulator.profiles();
        // The flows of a release write this name from this answer.
        assert.equal(profile?.standard['email'], request.submissions.at(-1)?.answers['email']);
      });
    }

    for (const file of records) {
      it(`${file}, as a later widget sends it`, async () => {
        await send({ submissions: unsentOf(file), sent: new Date().toISOString() });
      });
    }

    it('and writes each once, a correction without its event', () => {
      const ids = braze.emulator
        .profiles()
        .flatMap(({ events }) => events)
        .map(({ properties }) => properties['submission_id']);
      const all = [
        ...requests.flatMap((file) => (read(file) as SubmissionsRequest).submissions),
        ...records.flatMap(unsentOf),
      ];
      const expected = all.filter(({ corrects }) => corrects === undefined).map(({ id }) => id);
      assert.deepEqual([...ids].sort(), [...new Set(expected)].sort());
    });
  });
}
