import { html, LitElement, nothing, type PropertyValues } from 'lit';
import type { Utterance } from '../flow/transcript.ts';
import { en } from '../locale/en.ts';
import { transcriptStyles } from './parley-transcript.styles.ts';

/** What has been said, oldest first, kept scrolled to the latest. */
export class ParleyTranscript extends LitElement {
  static override styles = transcriptStyles;
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
  /** BCP 47 tag by which dates are written. */
  declare locale: string;

  constructor() {
    super();
    this.utterances = [];
    this.isWriting = false;
    this.notice = '';
    this.locale = 'en';
  }

  protected override render() {
    return html`<div>
      ${this.notice ? html`<p class="notice">${this.notice}</p>` : nothing}
      <ol>
        ${this.utterances.map((utterance, index) => this.#renderUtterance(utterance, index))}
      </ol>
      ${this.isWriting ? html`<p class="writing" aria-label=${en.writing} role="img"><i></i><i></i><i></i></p>` : nothing}
    </div> `;
  }

  #renderUtterance(utterance: Utterance, index: number) {
    const { from } = utterance;
    const isLastOfGroup = this.utterances[index + 1]?.from !== from;
    return html`<li class="${from} ${isLastOfGroup ? 'last' : ''}">
      <span class="speaker">${from === 'brand' ? en.brandSays : en.visitorSays}</span>
      <span class="words" dir="auto">${wordsOf(utterance, this.locale)}</span>
    </li>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    // The column is reversed: its end is where it starts to scroll.
    if (changed.has('utterances') || changed.has('isWriting')) this.scrollTop = 0;
  }
}

/** What an utterance reads. */
export function wordsOf(utterance: Utterance, locale: string): string {
  if (utterance.from === 'visitor') {
    return utterance.input === 'date' ? writeDate(utterance.answer, locale) : utterance.answer;
  }
  return 'text' in utterance ? utterance.text : en.refusals[utterance.refusal];
}

function writeDate(date: string, locale: string): string {
  try {
    return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(Date.parse(date));
  } catch {
    // A page may call its language what is no BCP 47 tag, such as en_US.
    return date;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-transcript': ParleyTranscript;
  }
}
