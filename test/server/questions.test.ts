/** How long a branch waits for a profile: as long as is left of the deadline, which begins when the request comes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadFlows } from '../../server/flows/load.ts';
import { NO_METRICS } from '../../server/metrics.ts';
import type { ProfileReading } from '../../server/profile-reading.ts';
import { createQuestions } from '../../server/questions.ts';
import { NOTHING_REMEMBERED } from '../../server/remembering.ts';
import { admit } from '../../server/submissions.ts';
import { createSubmission } from './relay-fixture.ts';

const NOW = Date.parse('2026-01-15T10:00:00.000Z');
const DEADLINE = 2_500;

const [flow] = loadFlows([
  {
    source: 'plan.json',
    json: {
      id: 'plan',
      start: 'by_plan',
      nodes: {
        by_plan: {
          type: 'branch',
          cases: [{ when: { '==': [{ var: 'profile.gender' }, 'F'] }, next: 'card' }],
          else: 'card',
        },
        card: {
          type: 'action',
          call: 'users/export/ids',
          fields: ['gender'],
          on: { success: 'bye', error: 'bye' },
        },
        bye: { type: 'end', text: 'Goodbye' },
      },
    },
  },
]);

const loaded = flow && { flow, revision: 'r' };

/** @returns the milliseconds that a read was given */
async function waitOf(node: string, askedAt: number): Promise<readonly number[]> {
  const waits: number[] = [];
  const reading: Pick<ProfileReading, 'read'> = {
    read(_whose, _fields, wait) {
      waits.push(wait);
      return Promise.resolve({ type: 'unknown' });
    },
  };
  const questions = createQuestions(
    { deadline: DEADLINE },
    { remember: () => Promise.resolve() },
    {
      clock: () => NOW,
      findFlow: () => Promise.resolve(loaded),
      log: () => undefined,
      metrics: NO_METRICS,
      profiles: () => reading as ProfileReading,
    },
  );
  const admitted = admit(createSubmission({ flow: 'plan', node, answers: {} }), loaded);
  assert.ok('asks' in admitted);
  await questions.answer(
    admitted,
    { visitor: 'visitor-1', site: 'brand', environment: 'prod', externalId: 'ada', isVerified: true },
    { entered: undefined, remembered: NOTHING_REMEMBERED, askedAt },
  );
  return waits;
}

describe('a profile is waited for', () => {
  for (const [name, askedAt, wait] of [
    ['until the deadline, where the request has just come', NOW, DEADLINE],
    ['for what is left of it, where the store has taken its time', NOW - 400, 2_100],
    ['not at all, where nothing is left of it', NOW - 9_000, 0],
    ['no longer than that, where the clock was set back since', NOW + 60_000, DEADLINE],
  ] as const) {
    for (const node of ['by_plan', 'card']) {
      it(`${name}: ${node}`, async () => {
        assert.deepEqual(await waitOf(node, askedAt), [wait]);
      });
    }
  }
});
