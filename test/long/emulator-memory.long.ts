/** The emulator's memory: what it keeps depends on how many profiles there are, not on how many requests have come. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { serveEmulator } from '../../demo/braze/serve.ts';

const REQUESTS = 5_000;

/** The most that a request may hold. */
const OBJECTS = 75;

/** Each is written every tenth request. */
const PROFILES = 10 * OBJECTS;

/** Of the heap after the first round. */
const ALLOWED_GROWTH = 0.05;

/** At once: enough to keep the server busy. */
const CALLERS = 4;

const KEY = '7b0c9e4e-8a0f-4a55-9a44-3f6f0e6d1c21';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes, after what is not needed any more is gone. */
function heapInUse(): number {
  collectGarbage();
  // A second time for what only a finaliser of the first has let go of.
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Attributes of every kind that stays as large as it is: no two requests are the same, and nothing piles up. */
function attributesFor(request: number, object: number): Record<string, unknown> {
  const number = request * OBJECTS + object;
  return {
    external_id: `person-${number % PROFILES}`,
    _merge_objects: true,
    first_name: `Ana ${number}`,
    email: `person-${number % PROFILES}@example.com`,
    email_subscribe: number % 2 === 0 ? 'subscribed' : 'opted_in',
    plan: number % 3 === 0 ? null : `plan ${number}`,
    visits: { inc: 1 },
    tags: number % 2 === 0 ? { add: [`tag ${number % 7}`] } : { remove: [`tag ${(number + 1) % 7}`] },
    car: { brand: `brand ${number}`, engine: { power: number } },
  };
}

describe(`twice ${REQUESTS} requests of ${OBJECTS} attribute objects over ${PROFILES} profiles`, async () => {
  let now = Date.UTC(2026, 2, 1, 12);
  const { url, emulator, close } = await serveEmulator({
    workspaces: [{ keys: [{ key: KEY, permissions: ['users.track'] }] }],
    // A clock that goes on by itself: the limit of 3,000 requests in 3 seconds is not what this is about.
    clock: () => (now += 10),
    port: 0,
  });
  after(close);

  async function send(request: number): Promise<void> {
    const attributes = Array.from({ length: OBJECTS }, (_, object) => attributesFor(request, object));
    const response = await fetch(`${url}/users/track`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ attributes }),
    });
    assert.deepEqual(await response.json(), { message: 'success', attributes_processed: OBJECTS });
  }

  async function sendRound(round: number): Promise<void> {
    const callers = Array.from({ length: CALLERS }, async (_, caller) => {
      for (let index = caller; index < REQUESTS; index += CALLERS) await send(round * REQUESTS + index);
    });
    await Promise.all(callers);
  }

  it(`the second adds no more than ${ALLOWED_GROWTH * 100} % to the heap`, async () => {
    const empty = heapInUse();
    await sendRound(0);
    const first = heapInUse();
    await sendRound(1);
    const second = heapInUse();

    const growth = (second - first) / first;
    const [emptyText, firstText, secondText] = [empty, first, second].map(
      (bytes) => `${(bytes / 1e6).toFixed(1)} MB`,
    );
    console.log(
      `Heap: ${emptyText} empty, ${firstText} after the first round, ${secondText} after the second: ` +
        `${(growth * 100).toFixed(1)} % more`,
    );
    assert.equal(emulator.profiles().length, PROFILES);
    assert.ok(growth <= ALLOWED_GROWTH, `${firstText} became ${secondText}`);
  });
});
