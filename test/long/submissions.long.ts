/**
 * Hostile bodies, 200,000 of them, to `POST /v1/submissions` of a relay that delivers: each is answered, none with a fault of the
 * relay's own, and what is answered `success` is at Braze.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createEmulator } from '../../demo/braze/emulator.ts';
import { createPermissions } from '../../server/permissions.ts';
import { createProfileReading } from '../../server/profile-reading.ts';
import { webPorts } from '../../server/adapters/web-ports.ts';
import { createRelay } from '../../server/app.ts';
import { parseConfig } from '../../server/config.ts';
import { createDelivery, type Delivery } from '../../server/delivery/delivery.ts';
import { loadFlows } from '../../server/flows/load.ts';
import { createFlowShelf } from '../../server/flows/shelf.ts';
import { NO_METRICS } from '../../server/metrics.ts';
import type { LogEntry } from '../../server/log-fields.ts';
import type { Ports } from '../../server/ports.ts';
import { createSqliteStore } from '../../server/store/sqlite.ts';
import type { Problem, SessionGrant, Submission, SubmissionsResponse } from '../../widget/contract/wire.ts';
import { subjectOf } from '../relay/browser-visitor.ts';
import {
  FLOW,
  PROD_KEY,
  SANDBOX_KEY,
  SANDBOX_ORIGIN,
  SESSION_SECRET,
  settingsFor,
} from '../server/relay-fixture.ts';
import { createBodies, type HostileRequest } from './submission-bodies.ts';

const UNLIMITED = { address: false, newVisitors: false, visitor: false, site: false };

const CASES = 200_000;
const ROUNDS = 10;
const SEED = 20_261_121;
const VISITORS = 60;

/** At once. */
const CALLERS = 120;

/** Of the heap after the second round: the first one fills caches. */
const ALLOWED_GROWTH = 0.1;

/** Milliseconds between two looks at whether anything is left to deliver. */
const LOOK = 20;

/** What a relay in good health may answer. */
const STATUSES = [200, 400, 401, 413, 415, 422, 503];

const BRAZE = 'http://localhost:1';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe(`${CASES} hostile bodies`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-fuzz-'));
  const emulator = createEmulator({
    workspaces: [{ keys: [{ key: SANDBOX_KEY, permissions: ['users.track'] }] }],
  });
  const faults: LogEntry[] = [];
  const config = parseConfig({
    // All of them come from one visitor of one site, within a minute.
    settings: { ...settingsFor({ sandbox: BRAZE, prod: BRAZE }), limits: UNLIMITED },
    env: {
      BRAZE_SANDBOX_KEY: SANDBOX_KEY,
      BRAZE_PROD_KEY: PROD_KEY,
      SESSION_SECRET,
      PARLEY_DEVELOPMENT: '1',
    },
  });
  const store = createSqliteStore({ file: join(folder, 'relay.db'), clock: Date.now });
  const shelf = createFlowShelf(loadFlows([{ source: 'welcome.json', json: FLOW }]));
  const ports: Omit<Ports, 'delivery' | 'profiles'> = {
    ...webPorts,
    fetch: async (input, init) => emulator.app.fetch(new Request(input, init)),
    log: (entry) => {
      if (entry.level === 'error') faults.push(entry);
    },
    assets: async () => undefined,
    metrics: NO_METRICS,
    store,
    permissions: createPermissions(),
    findFlow: shelf.find,
    listFlows: shelf.list,
  };
  const delivery: Delivery = createDelivery(config, ports);
  const profiles = createProfileReading(config, ports.permissions, ports);
  const relay = createRelay(config, { ...ports, delivery: () => delivery, profiles: () => profiles });
  delivery.startSpool();
  after(async () => {
    await delivery.close();
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const openVisitor = async () => {
    const response = await relay.request('/v1/sessions', {
      method: 'POST',
      headers: { origin: SANDBOX_ORIGIN, 'content-type': 'application/json' },
      body: '{}',
    });
    const { visitor, session } = (await response.json()) as SessionGrant;
    return { id: subjectOf(visitor), authorization: `Bearer ${session}` };
  };

  const statuses = new Map<string, number>();
  const count = (name: string) => statuses.set(name, (statuses.get(name) ?? 0) + 1);
  /** `<visitor>/<submission>` of each that was answered with `success` -> that of the one that it corrects. */
  const succeeded = new Map<string, string | undefined>();

  const judge = async (visitor: string, { kind, body, headers }: HostileRequest, response: Response) => {
    const told = () => `${kind}: ${String(body).slice(0, 500)}\n${JSON.stringify(headers)}`;
    assert.ok(STATUSES.includes(response.status), `${response.status} to ${told()}`);
    if (response.status === 503) assert.match(response.headers.get('retry-after') ?? '', /^\d+$/, told());
    if (response.status !== 200) {
      const problem = (await response.json()) as Problem;
      assert.equal(problem.status, response.status, told());
      count(String(response.status));
      return;
    }
    const { receipts } = (await response.json()) as SubmissionsResponse;
    const { submissions } = JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body)) as {
      submissions: readonly Submission[];
    };
    assert.ok(receipts.length > 0 && receipts.length <= submissions.length, told());
    for (const [index, { id, outcome }] of receipts.entries()) {
      count(outcome);
      const submission = submissions[index];
      assert.equal(id, submission?.id, told());
      const corrects = submission?.corrects;
      if (outcome === 'success')
        succeeded.set(`${visitor}/${id}`, corrects === undefined ? undefined : `${visitor}/${corrects}`);
    }
  };

  /** Resolves when nothing is left to deliver. */
  const drain = async () => {
    while ((await store.stats()).unsettled > 0) await pause(LOOK);
    emulator.settle();
  };

  const checkArrivals = () => {
    const arrivals = new Map<string, number>();
    for (const { user_aliases: aliases, events } of emulator.profiles()) {
      for (const { properties } of events) {
        const key = `${aliases[0]?.alias_name ?? ''}/${String(properties['submission_id'])}`;
        arrivals.set(key, (arrivals.get(key) ?? 0) + 1);
      }
    }
    const isThere = (key: string | undefined): boolean => key !== undefined && arrivals.has(key);
    const missing = [...succeeded].filter(([key, corrected]) => !isThere(key) && !isThere(corrected));
    assert.deepEqual(missing, [], 'answered with success, and not at Braze');
    assert.deepEqual(
      [...arrivals].filter(([, times]) => times > 1),
      [],
      'twice at Braze, and no answer was lost',
    );
    return arrivals.size;
  };

  it('each is answered, none with a fault of the relay’s own; what succeeded is at Braze; memory stays as it is', async () => {
    const visitors = await Promise.all(Array.from({ length: VISITORS }, openVisitor));
    const bodies = createBodies(SEED);
    const heaps: number[] = [];
    let turn = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const callers = Array.from({ length: CALLERS }, async (_, caller) => {
        for (let index = caller; index < CASES / ROUNDS; index += CALLERS) {
          const request = bodies.next();
          turn += 1;
          const visitor = visitors[turn % VISITORS] as (typeof visitors)[number];
          // Now and then Braze is away, so that the spool has something to do.
          if (turn % 20_000 === 10_000) emulator.setFault({ kind: 'status', status: 503, times: 2 });
          const response = await relay.request('/v1/submissions', {
            method: 'POST',
            headers: {
              origin: SANDBOX_ORIGIN,
              authorization: visitor.authorization,
              ...request.headers,
            },
            body: request.body,
          });
          await judge(visitor.id, request, response);
        }
      });
      await Promise.all(callers);
      await drain();
      const events = checkArrivals();
      succeeded.clear();
      bodies.forget();
      emulator.reset();
      collectGarbage();
      collectGarbage();
      heaps.push(process.memoryUsage().heapUsed);
      console.log(`round ${round + 1}: ${events} events, heap ${((heaps.at(-1) ?? 0) / 1e6).toFixed(1)} MB`);
    }
    console.log(JSON.stringify(Object.fromEntries(statuses)));
    assert.deepEqual(
      faults.map(({ event }) => event),
      [],
    );
    const [, second = NaN] = heaps;
    const last = heaps.at(-1) ?? NaN;
    assert.ok(last <= second * (1 + ALLOWED_GROWTH), `the heap grew from ${second} to ${last} bytes`);
    assert.ok((statuses.get('success') ?? 0) > CASES / 10, 'too few were taken to say anything');
  });
});
