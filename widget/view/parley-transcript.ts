import { html, LitElement, nothing, type PropertyValues } from 'lit';
import type { SpokenBubble, Utterance } from '../flow/transcript.ts';
import { en } from '../locale/en.ts';
import { transcriptStyles } from './parley-transcript.styles.ts';
import { controlOf, renderFurther } from './repertoire.ts';
import { sharedStyles } from './shared.styles.ts';
import { plainOf, renderSpans } from './spans.ts';

/**
 * What has been said, oldest first, kept scrolled to the latest.
 *
 * @fires correct - the visitor goes back to a question; `detail` is its node
 * @fires {ParleyHandoffEvent} parley-handoff - the visitor took an offer that the page is to answer
 */
export class ParleyTranscript extends LitElement {
  static override styles = [sharedStyles, transcriptStyles];
  static override properties = {
    utterances: { attribute: false },
    isWriting: { attribute: false },
    notice: {},
    locale: {},
  };

  declare utterances: readonly Utterance[];
  /** The other side is about to say something. */
  declare isWriting: boolean;
  /** A word of the widget's own before the first utterance. */
  declare notice: string;
  /** BCP 47 tag by which dates and numbers are written. */
  declare locale: string | undefined;

  constructor() {
    super();
    this.utterances = [];
    this.isWriting = false;
    this.notice = '';
  }

  protected override render() {
    return html`<div>
      <p class="notice" role="status" lang="en">${this.notice}</p>
      <ol>
        ${this.utterances.map((utterance, index) => this.#renderUtterance(utterance, index))}
      </ol>
      ${this.isWriting ? html`<p class="writing" lang="en" aria-label=${en.writing} role="img"><i></i><i></i><i></i></p>` : nothing}
    </div> `;
  }

  #renderUtterance(utterance: Utterance, index: number) {
    const { from, node } = utterance;
    const isLastOfGroup = this.utterances[index + 1]?.from !== from;
    return html`<li class="${from} ${isLastOfGroup ? 'last' : ''}">
      <span class="hidden" lang="en">${from === 'brand' ? en.brandSays : en.visitorSays}</span>
      ${
        from === 'brand'
          ? renderBubble(utterance.bubble, node)
          : html`${utterance.isCorrectable ? this.#renderChange(node, index) : nothing}<span
                class="words"
                dir="auto"
                >${wordsOf(utterance, this.locale)}</span
              >`
      }
    </li>`;
  }

  /** Goes back to the question that this answered. */
  #renderChange(node: string, index: number) {
    const question = this.utterances.slice(0, index).findLast((utterance) => utterance.node === node);
    const name = en.changeAnswer(question ? wordsOf(question, this.locale) : '');
    const change = () => this.dispatchEvent(new CustomEvent('correct', { detail: node }));
    return html`<button class="pill quiet" lang="en" aria-label=${name} @click=${change}>
      ${en.change}
    </button>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    // The column is reversed: its end is where it starts to scroll.
    if (changed.has('utterances') || changed.has('isWriting')) this.scrollTop = 0;
  }
}

function renderBubble(bubble: SpokenBubble, node: string) {
  if (!('content' in bubble)) return renderFurther(bubble, node);
  return html`<span class="words" dir="auto">${renderSpans(bubble.content)}</span>`;
}

/** What an utterance reads. */
export function wordsOf(utterance: Utterance, locale: string | undefined): string {
  if (utterance.from === 'brand') {
    const { bubble } = utterance;
    if ('content' in bubble) return plainOf(bubble.content);
    return 'image' in bubble ? bubble.alt : bubble.offers.map(({ text }) => text).join(', ');
  }
  const { ask, answer } = utterance;
  return answer === undefined ? en.skipped : (controlOf(ask.input)?.wordsOf(ask, answer, locale) ?? '');
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-transcript': ParleyTranscript;
  }
}
