/** Tries sequences of requests on the emulator and on the model of it, and says where the two part. */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { createEmulator, type Emulator, type Profile } from '../../demo/braze/emulator.ts';
import { arbitraryRequests, brazeIdAt, type Request } from './arbitrary-requests.ts';
import type { Json, JsonObject } from './model-attributes.ts';
import { createModel, type Model, type ModelAnswer, type ModelProfile } from './model.ts';

const KEY = '7b0c9e4e-8a0f-4a55-9a44-3f6f0e6d1c21';
const PERMISSIONS = ['users.track', 'users.alias.new', 'users.identify', 'users.merge', 'users.delete'];
const NOW = Date.UTC(2026, 2, 1, 12);
const NOBODY = 'f'.repeat(24);

/** Of the requests to an endpoint: how many were taken, how many of these changed a profile, and how many were refused. */
export interface Tally {
  readonly taken: number;
  readonly effective: number;
  readonly refused: number;
}

/**
 * Tries that many sequences.
 *
 * @returns what came of the requests, by path: of a model that is never put to the test nothing differs either
 * @throws with the shortest sequence that was found on which the emulator and the model do not agree
 */
export async function trySequences(numRuns: number, seed: number): Promise<ReadonlyMap<string, Tally>> {
  const emulator = createEmulator({
    workspaces: [{ keys: [{ key: KEY, permissions: PERMISSIONS }] }],
    clock: () => NOW,
  });
  const tallies = new Map<string, Tally>();
  const property = fc.asyncProperty(
    arbitraryRequests,
    async (requests) => (await firstDifference(emulator, requests, tallies)) === undefined,
  );
  const { failed, counterexample } = await fc.check(property, { numRuns, seed });
  if (failed) assert.fail(await described(emulator, counterexample?.[0] ?? []));
  return tallies;
}

interface Difference {
  /** Place of the request that led to it. */
  readonly place: number;
  readonly lines: readonly string[];
}

async function described(emulator: Emulator, requests: readonly Request[]): Promise<string> {
  const difference = await firstDifference(emulator, requests, new Map());
  const sent = requests
    .slice(0, (difference?.place ?? requests.length) + 1)
    .map(({ path, body }, index) => `${index + 1}. POST ${path} ${JSON.stringify(body)}`);
  return ['The emulator and the model of it do not agree after', ...sent, ...(difference?.lines ?? [])].join(
    '\n',
  );
}

/** Sends one request after the other to both, until they differ. */
async function firstDifference(
  emulator: Emulator,
  requests: readonly Request[],
  tallies: Map<string, Tally>,
): Promise<Difference | undefined> {
  emulator.reset();
  const model = createModel(NOW);
  for (const [place, { path, body }] of requests.entries()) {
    const before = emulator.profiles();
    const text = withBrazeIds(JSON.stringify(body), before);
    const answer = await post(emulator, path, text);
    const expected = model.answer(path, JSON.parse(text) as Json);
    const after = emulator.profiles();
    count(tallies, path, answer.status < 300, !isDeepStrictEqual(before, after));
    const lines = [
      ...compared('answer', answer, expected),
      ...compared('profiles', after.map(told), profilesOf(model, after)),
    ];
    if (lines.length > 0) return { place, lines };
  }
  return undefined;
}

function count(tallies: Map<string, Tally>, path: string, isTaken: boolean, isEffective: boolean): void {
  const { taken, effective, refused } = tallies.get(path) ?? { taken: 0, effective: 0, refused: 0 };
  tallies.set(path, {
    taken: taken + Number(isTaken),
    effective: effective + Number(isEffective),
    refused: refused + Number(!isTaken),
  });
}

async function post({ app }: Emulator, path: string, body: string): Promise<ModelAnswer> {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const response = await app.request(path, { method: 'POST', headers, body });
  const { status } = response;
  const { message: _message, errors, ...counters } = (await response.json()) as JsonObject;
  return {
    status,
    ...(status < 300 && { counters }),
    ...(errors && { errors: (errors as readonly JsonObject[]).map(({ type: _type, ...place }) => place) }),
  };
}

function withBrazeIds(text: string, profiles: readonly Profile[]): string {
  const pattern = new RegExp(brazeIdAt(0).replace('0', '(\\d+)'), 'g');
  return text.replaceAll(pattern, (_, place: string) => profiles[Number(place)]?.braze_id ?? NOBODY);
}

/** The model's profiles, those that are new with the `braze_id` that the emulator has drawn for them. */
function profilesOf(model: Model, emulated: readonly Profile[]): readonly unknown[] {
  const profiles = model.profiles();
  for (const [index, profile] of profiles.entries()) profile.braze_id ??= emulated[index]?.braze_id;
  return profiles.map(told);
}

/** What the model and the emulator both tell of a profile. */
function told({ braze_id, external_id, user_aliases, standard, ...lists }: Profile | ModelProfile): unknown {
  const { custom_attributes, events, purchases } = lists;
  const fields = { ...standard, subscription_groups: inAnyOrder(standard['subscription_groups']) };
  return { braze_id, external_id, user_aliases, standard: fields, custom_attributes, events, purchases };
}

/** The groups in one order: no page gives them any. */
function inAnyOrder(groups: unknown): readonly string[] {
  return ((groups ?? []) as readonly unknown[]).map((group) => JSON.stringify(group)).sort();
}

function compared(what: string, emulated: unknown, expected: unknown): readonly string[] {
  if (isDeepStrictEqual(emulated, expected)) return [];
  return [
    `${what} of the emulator: ${JSON.stringify(emulated)}`,
    `${what} of the model:    ${JSON.stringify(expected)}`,
  ];
}
