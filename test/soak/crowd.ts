/** Visitors who come, say several things in order, correct what was refused, and leave; chance by seed. */
import type { Submission } from '../../widget/contract/wire.ts';
import { createRandom, type Random } from '../long/random.ts';
import type { Chain } from '../relay/accounts.ts';
import { createBrowserVisitor, type BrowserVisitor } from '../relay/browser-visitor.ts';
import { createSubmission } from '../server/relay-fixture.ts';

export interface CrowdOptions {
  readonly relayUrl: string;
  readonly seed: number;
  /** At once. */
  readonly visitors: number;
}

/** What a visitor has said, oldest first: each says its place in its first name, so that the last one can be told. */
export interface Said {
  readonly visitor: string;
  readonly submissions: readonly string[];
}

export interface Crowd {
  /** Nobody says anything new. Resolves when every submission has its verdict. */
  leave(): Promise<void>;
  chains(): Promise<readonly Chain[]>;
  said(): Promise<readonly Said[]>;
  /** How many have each outcome, as the visitors were told at first. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly corrections: () => number;
  /** Milliseconds from what was said to its verdict, in no order. */
  readonly waits: readonly number[];
}

/** Submissions of one visitor. */
const FEWEST = 5;
const MOST = 25;

/** Milliseconds between them, at most. */
const LONGEST_THOUGHT = 600;

/** Milliseconds after which the widget goes on with `queued` by itself: the relay's deadline and 1.5 s (docs/architecture.md). */
const PATIENCE = 2_500;

/** Milliseconds: a page is turned, or the network is back, long before the outbox's own longest pause of a minute. */
const LONGEST_PAUSE = 4_000;

/** Of 100: so often several things are said at once, and a refused answer is corrected. */
const IN_A_ROW = 15;
const CORRECTED = 80;

interface Member {
  readonly visitor: BrowserVisitor;
  readonly submissions: string[];
}

export function gatherCrowd({ relayUrl, seed, visitors }: CrowdOptions): Crowd {
  const members: Member[] = [];
  const chains: { readonly member: Member; readonly submissions: string[] }[] = [];
  const outcomes = new Map<string, number>();
  const waits: number[] = [];
  const open = new Set<Promise<void>>();
  const leaving = new AbortController();
  let corrections = 0;

  const say = async (
    member: Member,
    random: Random,
    corrected?: { readonly chain: string[]; readonly id: string },
  ): Promise<void> => {
    member.submissions.push('');
    const place = member.submissions.length;
    const submission: Submission = createSubmission({
      time: new Date().toISOString(),
      answers: { first_name: `Ada ${place}`, email: `ada.${place}@example.com` },
      ...(corrected && { corrects: corrected.id }),
    });
    member.submissions[place - 1] = submission.id;
    const chain = corrected?.chain ?? [];
    if (!corrected) chains.push({ member, submissions: chain });
    chain.push(submission.id);
    const before = performance.now();
    const { outcome } = await member.visitor.say(submission);
    waits.push(performance.now() - before);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (outcome !== 'invalid' || leaving.signal.aborted || random.nat(100) >= CORRECTED) return;
    corrections += 1;
    await say(member, random, { chain, id: submission.id });
  };

  const visit = async (number: number): Promise<void> => {
    const random = createRandom(seed * 10_007 + number);
    const visitor = createBrowserVisitor({
      relayUrl,
      tabs: number % 5 === 0 ? 2 : 1,
      longestPause: LONGEST_PAUSE,
    });
    const member: Member = { visitor, submissions: [] };
    members.push(member);
    const count = FEWEST + random.nat(MOST - FEWEST);
    const begin = () => {
      const said = say(member, random);
      const kept = said.finally(() => open.delete(kept));
      open.add(kept);
      return said;
    };
    for (let index = 0; index < count && !leaving.signal.aborted; index += 1) {
      if (random.nat(100) < IN_A_ROW) {
        void begin();
        void begin();
      }
      await Promise.race([begin(), elapsed(PATIENCE, leaving.signal)]);
      await elapsed(random.nat(LONGEST_THOUGHT), leaving.signal);
    }
  };

  let arrived = 0;
  const places = Array.from({ length: visitors }, async () => {
    while (!leaving.signal.aborted) {
      arrived += 1;
      await visit(arrived);
    }
  });

  const idOf = async ({ visitor }: Member) => (await visitor.id()) ?? '';
  return {
    async leave() {
      leaving.abort();
      await Promise.all(places);
      await Promise.all(open);
      for (const { visitor } of members) visitor.leave();
    },
    chains: () =>
      Promise.all(
        chains.map(async ({ member, submissions }) => ({ visitor: await idOf(member), submissions })),
      ),
    said: () =>
      Promise.all(
        members.map(async (member) => ({ visitor: await idOf(member), submissions: member.submissions })),
      ),
    outcomes,
    corrections: () => corrections,
    waits,
  };
}

/** Resolves after so many milliseconds, or when the signal says so. */
function elapsed(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
