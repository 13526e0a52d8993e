/** What has been said, oldest first, kept scrolled to the latest. */
import { html, nothing } from 'lit';
import type { SpokenBubble, Utterance } from '../flow/transcript.ts';
import type { Words } from '../locale/words.ts';
import { controlOf, renderFurther, renderSpans } from './repertoire.ts';
import { plainOf } from './spans.ts';

export interface Said {
  readonly utterances: readonly Utterance[];
  /** BCP 47 tag of what is said. */
  readonly lang: string;
  /** The other side is about to say something. */
  readonly isWriting: boolean;
  /** What follows the visitor's last word comes a moment later, as from someone who writes it; screen readers have it at once. */
  readonly isLive: boolean;
  /** A word of the widget's own before the first utterance. */
  readonly notice: string;
  /** BCP 47 tag by which dates and numbers are written. */
  readonly locale: string | undefined;
  readonly words: Words;
  /** The visitor goes back to the question of this node. */
  readonly correct: (node: string) => void;
}

export function renderTranscript(said: Said) {
  const { utterances, words, isLive } = said;
  const { locale } = words;
  const firstFresh = isLive ? utterances.findLastIndex(({ from }) => from === 'visitor') + 1 : Infinity;
  return html`<div
    class="transcript"
    part="transcript"
    role="group"
    tabindex="0"
    aria-label=${words.transcript}
    lang=${said.lang}
  >
    <div>
      <p class="told" role="status" lang=${locale}>${said.notice}</p>
      <ol>
        ${utterances.map((utterance, index) => renderUtterance(said, utterance, index, index >= firstFresh))}
      </ol>
      ${
        said.isWriting
          ? html`<p class="writing" lang=${locale} aria-label=${words.writing} role="img">• • •</p>`
          : nothing
      }
    </div>
  </div>`;
}

function renderUtterance(said: Said, utterance: Utterance, index: number, isFresh: boolean) {
  const { from, node } = utterance;
  const { words } = said;
  const isLastOfGroup = said.utterances[index + 1]?.from !== from;
  return html`<li class="${from} ${isLastOfGroup ? 'last' : ''} ${isFresh ? 'fresh' : ''}">
    <span class="hidden" lang=${words.locale}>${from === 'brand' ? words.brandSays : words.visitorSays}</span>
    ${
      from === 'brand'
        ? renderBubble(utterance.bubble, node)
        : html`${utterance.isCorrectable ? renderChange(said, node, index) : nothing}<span
              class="words"
              part="bubble visitor"
              dir="auto"
              >${wordsOf(utterance, said.locale, words)}</span
            >`
    }
  </li>`;
}

/** Goes back to the question that this answered. */
function renderChange({ utterances, words, locale, correct }: Said, node: string, index: number) {
  const question = utterances.slice(0, index).findLast((utterance) => utterance.node === node);
  const name = words.changeAnswer(question ? wordsOf(question, locale, words) : '');
  return html`<button
    class="pill quiet"
    lang=${words.locale}
    aria-label=${name}
    @click=${() => correct(node)}
  >
    ${words.change}
  </button>`;
}

function renderBubble(bubble: SpokenBubble, node: string) {
  if (!('content' in bubble)) return renderFurther(bubble, node);
  return html`<span class="words" part="bubble brand" dir="auto">${renderSpans(bubble.content)}</span>`;
}

/** What an utterance reads. */
export function wordsOf(utterance: Utterance, locale: string | undefined, words: Words): string {
  if (utterance.from === 'brand') {
    const { bubble } = utterance;
    if ('content' in bubble) return plainOf(bubble.content);
    return 'image' in bubble ? bubble.alt : bubble.offers.map(({ text }) => text).join(', ');
  }
  const { ask, answer } = utterance;
  return answer === undefined
    ? words.skipped
    : (controlOf(ask.input)?.wordsOf(ask, answer, locale, words) ?? '');
}
