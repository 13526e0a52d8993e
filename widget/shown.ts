/** What is shown of a conversation: nothing but what follows from where it stands. */
import type { ConsentQuestion } from './consenting.ts';
import type { Answer, AskNode, PublishedFlow } from './contract/flow.ts';
import { isNormalAnswer } from './flow/answer.ts';
import type { Span } from './flow/markup.ts';
import { isOver, keptOn, previousOf, questionOf, type Snapshot } from './flow/snapshot.ts';
import { fillText } from './flow/template.ts';
import { transcriptOf, type Utterance } from './flow/transcript.ts';
import { furtherOf, type Happening } from './flow/walk.ts';

export interface Shown {
  /** Which question of which conversation: what is typed and not sent belongs there. */
  readonly place: string;
  /** BCP 47 tag of what is said. */
  readonly locale: string;
  readonly transcript: readonly Utterance[];
  readonly question: AskNode<string> | undefined;
  /** The question as it reads. */
  readonly content: readonly Span[];
  /** What the question at hand was answered with before the visitor went back to it. */
  readonly previous: Answer | undefined;
  /** The visitor may leave it at the previous answer: nobody has refused it, and it still is one. */
  readonly mayKeep: boolean;
  readonly refusal: Snapshot['refusal'];
  /** The flow's own words on an answer that cannot be taken. */
  readonly refusalText: string | undefined;
  readonly isAwaitingVerdict: boolean;
  readonly isOver: boolean;
}

/** @param asked the widget's own question, while that is put */
export function shownOf(
  flow: PublishedFlow,
  snapshot: Snapshot,
  asked: ConsentQuestion | undefined,
  happening: Happening,
): Shown {
  const { refusal, answers, path } = snapshot;
  const surroundings = { ...happening.surroundings, kept: keptOn(path) };
  const said = transcriptOf(flow, snapshot, { ...happening, surroundings });
  const transcript = asked ? [...said, asked.utterance] : said;
  const last = transcript.at(-1);
  const question = asked?.ask ?? questionOf(flow, snapshot);
  const previous = previousOf(snapshot);
  const text = question?.retry?.text;
  const isAnswered = path.some(({ answer }) => answer !== undefined);
  return {
    // Before anything is said each page begins a conversation of its own.
    place: `${isAnswered ? snapshot.conversation : flow.id} ${snapshot.node}\n`,
    locale: flow.locale,
    transcript,
    question,
    content: last?.from === 'brand' && 'content' in last.bubble ? last.bubble.content : [],
    previous,
    mayKeep:
      !!question && refusal?.code !== 'refused' && isNormalAnswer(question, previous, furtherOf(happening)),
    refusal,
    refusalText: text && fillText(text, { answers, ...surroundings }),
    isAwaitingVerdict: snapshot.awaiting !== undefined && !asked,
    isOver: isOver(flow, snapshot),
  };
}
