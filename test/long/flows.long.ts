/** Flows with mistakes, 100,000 of them: lint says what is wrong, or the flow can be talked through. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isError, LINT_CODES } from '../../server/flows/lint/finding.ts';
import { lintFlows, type LintedFlow } from '../../server/flows/lint/source.ts';
import { publishFlow } from '../../server/flows/publish.ts';
import type { Flow, PublishedFlow } from '../../widget/contract/flow.ts';
import { LANGUAGE } from '../../widget/flow/language.ts';
import { nodeOf, questionOf, type Snapshot } from '../../widget/flow/snapshot.ts';
import { transcriptOf } from '../../widget/flow/transcript.ts';
import { startConversation, transition, type ConversationEvent } from '../../widget/flow/transition.ts';
import type { Happening } from '../../widget/flow/walk.ts';
import { goodAnswer } from '../flow/arbitrary-answer.ts';
import { arbitraryFlow } from '../flow/arbitrary-flow.ts';
import { mutate, mutateText } from './mutations.ts';
import { createRandom, type Random } from './random.ts';

const CASES = 100_000;
const SEED = 20_261_121;

const HAPPENING: Happening = {
  time: '2026-11-21T10:00:00.000Z',
  language: LANGUAGE,
  surroundings: {
    page: { path: '/' },
    device: { type: 'desktop', language: 'en', time_zone: 'Europe/Berlin' },
  },
};

const BASES: readonly unknown[] = [
  ...globSync('test/fixtures/good/*.json').map((file): unknown => JSON.parse(readFileSync(file, 'utf8'))),
  ...fc.sample(arbitraryFlow, { seed: SEED, numRuns: 300 }),
];

/** What happens to a conversation: to the point, and beside it. */
function eventFor(flow: PublishedFlow, snapshot: Snapshot, random: Random): ConversationEvent {
  const { node, awaiting } = snapshot;
  const ids = Object.keys(flow.nodes);
  const ask = questionOf(flow, snapshot);
  const chance = random.nat(10);
  if (chance === 0) return { ...HAPPENING, type: 'correct', node: random.pick(ids) };
  if (chance === 1) return { ...HAPPENING, type: 'resume' };
  if (ask) {
    const value = chance === 2 ? '\u202e' : goodAnswer(ask, random.nat(1_000));
    return { ...HAPPENING, type: 'answer', node, value };
  }
  const outcome = random.pick(['success', 'error', 'invalid', 'queued'] as const);
  const asked = flow.nodes[random.pick(ids)];
  const odd = {
    ...(random.nat(2) === 0 && { next: random.pick([...ids, '__proto__', 'nowhere']) }),
    ...(asked?.type === 'ask' && { field: asked.field }),
  };
  return { ...HAPPENING, type: 'verdict', verdict: { id: awaiting ?? '', outcome, ...odd } };
}

/** As far as most of these flows go without a loop; half way there comes a newer revision. */
function talkThrough(flow: Flow, random: Random): void {
  const published = publishFlow({ flow, revision: 'r1' }, random.pick(['en', 'ja', 'pt-BR', '']));
  const revised = { ...published, revision: 'r2' };
  let [snapshot] = startConversation(published, { conversation: 'c1', seed: 's1' }, HAPPENING);
  for (let step = 0; step < 24; step += 1) {
    const type = nodeOf(published, snapshot.node)?.type;
    assert.ok(type === 'ask' || type === 'action' || type === 'end', `stands at ${snapshot.node}, a ${type}`);
    transcriptOf(published, snapshot, HAPPENING);
    const now = step < 12 ? published : revised;
    [snapshot] = transition(now, snapshot, eventFor(now, snapshot, random));
  }
}

/** Whether it was taken. */
function judge({ json, findings }: LintedFlow, random: Random): boolean {
  for (const { code, message, line = 1, column = 1 } of findings) {
    assert.ok(LINT_CODES.includes(code), code);
    assert.ok(message.length > 5 && line >= 1 && column >= 1, `${line}:${column} ${message}`);
  }
  if (findings.some(isError)) return false;
  talkThrough(json as Flow, random);
  return true;
}

describe(`${CASES} flows with a mistake or several`, () => {
  it('each is refused with what is wrong, or can be talked through', () => {
    const random = createRandom(SEED);
    let taken = 0;
    for (let index = 0; index < CASES; index += 1) {
      let json = random.pick(BASES);
      for (let mistakes = 1 + random.nat(3); mistakes > 0; mistakes -= 1) json = mutate(json, random);
      // By its text every other time, as files come; the positions cost as much as all the rest.
      const source =
        index % 10 === 0
          ? { source: 'flow.json', text: JSON.stringify(json, null, 2) }
          : { source: 'flow', json };
      const [linted] = lintFlows([source]);
      assert.ok(linted);
      if (judge(linted, random)) taken += 1;
    }
    console.log(`${taken} of ${CASES} were still flows`);
    assert.ok(taken > CASES / 100 && taken < CASES / 2, `${taken}`);
  });

  it('each file with a slip of the hand is refused at its place, or is still a flow', () => {
    const random = createRandom(SEED);
    for (let index = 0; index < CASES / 10; index += 1) {
      const text = mutateText(JSON.stringify(random.pick(BASES), null, 2), random);
      const [linted] = lintFlows([{ source: 'flow.json', text }]);
      assert.ok(linted);
      judge(linted, random);
    }
  });
});
