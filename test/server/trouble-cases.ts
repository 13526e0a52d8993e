/** What becomes of an action when Braze does not answer as it should: the rows that the tables of all actions have which write or send. */
import assert from 'node:assert/strict';
import { fromBraze, recover, type ActionCase, type ActionWorld, type TestedAction } from './action-cases.ts';

interface Manner {
  /**
   * What becomes of it where Braze may have done it and nobody knows: `doubted` where a double would be worse than a gap, `again` where it is
   * as if it were done once.
   */
  readonly whenInDoubt: 'doubted' | 'again';
  /** Of the log: the entry about each answer of Braze's. */
  readonly answered?: 'braze_called' | 'braze_answered';
  /** By `/readyz`, where the key may not do it. */
  readonly wrong?: string;
}

const untilSettled = (world: ActionWorld) =>
  world.until({ event: 'submission_settled', submission: world.sent.submission.id });

/** Milliseconds: who is to wait in vain, the visitor or the relay, does so for no longer. */
const SOON = 800;

export function troubleCases(
  { call, permission }: Pick<TestedAction, 'call' | 'permission'>,
  { whenInDoubt, answered = 'braze_called', wrong = `braze prod ${permission}` }: Manner,
): readonly ActionCase[] {
  const of = answered === 'braze_called' ? { call } : {};
  const taken = { event: answered, ...of, status: '201', meaning: 'taken' } as const;
  const failed = (status: string, meaning: string) =>
    ({ event: answered, ...of, level: 'warn', status, meaning }) as const;
  const settled = { event: 'submission_settled', outcome: 'success' } as const;
  const opened = (status: string) =>
    ({ event: 'breaker_opened', level: 'error', trouble: 'operator', status }) as const;

  const operator: readonly ActionCase[] = [
    { status: 401, name: 'is kept where Braze refuses the key' },
    { status: 403, name: 'is kept where Braze does not let the key do it' },
    { status: 404, name: 'is kept where there is no such thing at the endpoint' },
  ].map(({ status, name }) => ({
    name: `${name} (${status}), which /readyz says, and done with the next key`,
    fault: fromBraze(status),
    told: { outcome: 'queued' },
    wrong: [wrong],
    async then(world) {
      await world.replaceKey();
      await untilSettled(world);
      assert.deepEqual(await world.wrong(), []);
    },
    ends: 'success',
    statuses: [status, 201],
    logged: [failed(String(status), 'operator'), opened(String(status)), taken, settled],
  }));

  const limited: readonly Pick<ActionCase, 'name' | 'fault' | 'isSilent'>[] = [
    { name: 'and when it is welcome', fault: { kind: 'status', status: 429, style: 'headers', times: 1 } },
    {
      name: 'and for how long to wait',
      fault: { kind: 'status', status: 429, style: 'retry-after', times: 1 },
    },
    { name: 'and nothing else', fault: fromBraze(429), isSilent: true },
  ];
  const passing: readonly ActionCase[] = [
    ...limited.map(({ name, ...how }) => ({ ...how, name: `429 ${name}`, status: 429, meaning: 'limited' })),
    ...[500, 502, 503].map((status) => ({
      name: String(status),
      fault: fromBraze(status),
      status,
      meaning: 'unavailable',
    })),
  ].map(({ name, status, meaning, ...how }) => ({
    ...how,
    name: `is kept where Braze says ${name}, and done once it answers`,
    told: { outcome: 'queued' },
    ends: 'success',
    statuses: [status, 201],
    logged: [failed(String(status), meaning), taken, settled],
  }));

  const isAgain = whenInDoubt === 'again';
  const lost: readonly (Pick<ActionCase, 'name' | 'fault' | 'settings'> & {
    status: number;
    seen: string;
  })[] = [
    { name: 'takes it and loses its answer', fault: { kind: 'lost', times: 1 }, status: 0, seen: 'network' },
    {
      name: 'ends the connection before it answers',
      fault: { kind: 'reset', when: 'before', times: 1 },
      status: 0,
      seen: 'network',
    },
    {
      name: 'does not answer',
      fault: { kind: 'hold', times: 1 },
      settings: { brazeTimeout: SOON },
      status: 201,
      seen: 'timeout',
    },
    { name: 'says 504', fault: fromBraze(504), status: 504, seen: '504' },
  ];
  const inDoubt = lost.map(({ name, status, seen, ...how }): ActionCase =>
    isAgain
      ? {
          ...how,
          name: `is done again where Braze ${name}`,
          told: { outcome: 'queued' },
          ends: 'success',
          statuses: [status, 201],
          logged: [failed(seen, 'in_doubt'), taken, settled],
        }
      : {
          ...how,
          name: `is a dead letter, and not done again, where Braze ${name}`,
          told: { outcome: 'error' },
          statuses: [status],
          logged: [
            failed(seen, 'in_doubt'),
            { event: 'submission_settled', outcome: 'error', in_doubt: true },
          ],
          dead: /was lost, so that it may have been sent already/,
        },
  );

  return [
    { name: 'is taken', told: { outcome: 'success' }, statuses: [201], logged: [taken, settled] },
    {
      name: 'is taken once, though the browser has not heard of it and comes again',
      told: { outcome: 'success' },
      async then(world) {
        assert.equal((await world.submitAgain()).outcome, 'success');
      },
      statuses: [201],
    },
    ...operator,
    {
      name: 'is kept where the key has not got the permission, which /readyz names',
      permissions: ['email.status'],
      told: { outcome: 'queued' },
      wrong: [wrong],
      statuses: [403],
      logged: [opened('403')],
    },
    ...passing,
    ...inDoubt,
    {
      name: 'is a dead letter where Braze refuses it (400)',
      fault: fromBraze(400),
      told: { outcome: 'error' },
      statuses: [400],
      logged: [failed('400', 'refused'), { event: 'submission_settled', outcome: 'error' }],
      dead: /^Braze refused .* "act" (?:of|in) flow "welcome"/,
    },
    {
      name: 'is a dead letter where it is too much for Braze (413)',
      fault: fromBraze(413),
      told: { outcome: 'error' },
      statuses: [413],
      logged: [failed('413', 'too_large'), { event: 'submission_settled', outcome: 'error' }],
      dead: /"act" of flow "welcome"/,
    },
    {
      name: 'is done where Braze says so in what is no JSON',
      fault: { kind: 'malformed', times: 1 },
      told: { outcome: 'success' },
      statuses: [201],
      logged: [taken, settled],
    },
    {
      name: 'is done where Braze’s answer breaks off after it has said so',
      fault: { kind: 'reset', when: 'during', times: 1 },
      told: { outcome: 'success' },
      statuses: [201],
      logged: [taken, settled],
    },
    {
      name: 'is done later where Braze takes longer than the visitor waits',
      fault: { kind: 'hold', times: 1 },
      settings: { deadline: SOON },
      told: { outcome: 'queued' },
      then: recover,
      ends: 'success',
      statuses: [201],
      logged: [taken, settled],
    },
    {
      name: 'is done before a relay ends that waits for Braze’s answer to it',
      fault: { kind: 'hold', times: 1 },
      settings: { deadline: SOON },
      told: { outcome: 'queued' },
      async then(world) {
        const stopped = world.stop();
        recover(world);
        await stopped;
        await world.start();
      },
      ends: 'success',
      statuses: [201],
      logged: [taken, settled, { event: 'closed' }],
    },
    {
      name: 'is done once after a new start, where it was kept before',
      fault: fromBraze(403),
      told: { outcome: 'queued' },
      async then(world) {
        await world.stop();
        await world.replaceKey();
        await world.start();
      },
      ends: 'success',
      statuses: [403, 201],
      logged: [failed('403', 'operator'), { event: 'closed' }, taken, settled],
    },
  ];
}
