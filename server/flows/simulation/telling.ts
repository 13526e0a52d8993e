/** A conversation in lines: what was said, and what was decided in between. */
import type { Flow, PublishedFlow } from '../../../widget/contract/flow.ts';
import { LANGUAGE } from '../../../widget/flow/language.ts';
import { nodeOf, type Passed, type Snapshot } from '../../../widget/flow/snapshot.ts';
import { transcriptOf, type SpokenBubble, type Utterance } from '../../../widget/flow/transcript.ts';
import type { Surroundings } from '../../../widget/flow/walk.ts';
import { plainText } from '../plain.ts';
import { answerWords } from './answering.ts';
import { line, note, type Line } from './line.ts';

/** What happened from that place of the path on. */
export function tell(
  flow: PublishedFlow,
  { rewalk: _, ...snapshot }: Snapshot,
  surroundings: Surroundings,
  from: number,
): readonly Line[] {
  const { path } = snapshot;
  const saidUpTo = (end: number) =>
    transcriptOf(flow, { ...snapshot, path: path.slice(0, end) }, { surroundings, language: LANGUAGE });
  return path.slice(from).flatMap((passed, index) => {
    const at = from + index;
    const said = saidUpTo(at + 1).slice(saidUpTo(at).length);
    return [...said.map(utteranceLine), ...decisionLines(flow, snapshot, passed)];
  });
}

function utteranceLine(said: Utterance): Line {
  if (said.from === 'visitor') return line('visitor')(answerWords(said.ask, said.answer));
  return line('brand')(bubbleText(said.bubble));
}

function bubbleText(bubble: SpokenBubble): string {
  if ('content' in bubble) return plainText(bubble.content, (words, href) => `${words} <${href}>`);
  if ('image' in bubble) return `[image${bubble.alt === '' ? '' : `: ${bubble.alt}`}] <${bubble.image}>`;
  return bubble.offers
    .map((offer) => {
      if ('event' in offer) return `[${offer.text}] event "${offer.event}" for the page`;
      return `[${offer.text}] <${'link' in offer ? offer.link : `tel:${offer.phone}`}>`;
    })
    .join('\n');
}

function decisionLines(flow: PublishedFlow, { seed }: Snapshot, passed: Passed): readonly Line[] {
  const node = nodeOf(flow, passed.node);
  if (passed.outcome !== undefined) return [note(`${passed.node}: ${passed.outcome}, as before`)];
  if (passed.next === undefined) return [];
  const why =
    node && 'targets' in node
      ? ' (the relay decides it by the profile; without an answer it is "else")'
      : node?.type === 'split'
        ? ` (seed "${seed}")`
        : '';
  return [note(`${passed.node} → ${passed.next}${why}`)];
}

/** The question that owns a field: where the relay sends a visitor whose value was refused. */
export function ownerOf({ nodes }: Flow, field: string): string | undefined {
  return Object.keys(nodes).find((id) => {
    const node = nodes[id];
    return node?.type === 'ask' && node.field === field;
  });
}
