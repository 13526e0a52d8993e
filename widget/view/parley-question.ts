import { html, LitElement } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import type { AskNode, InputKind } from '../contract/flow.ts';
import type { RefusalCode } from '../flow/answer.ts';
import { en } from '../locale/en.ts';
import { sendIcon } from './icons.ts';
import { questionStyles } from './parley-question.styles.ts';

const HALF_TYPED = '----';

/** Purposes that browsers fill in (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill). */
const AUTOCOMPLETE: Readonly<Record<string, string>> = {
  first_name: 'given-name',
  last_name: 'family-name',
  email: 'email',
  date_of_birth: 'bday',
  city: 'address-level2',
};

/**
 * The question at hand: an input that fits it, and what was wrong with the last answer.
 *
 * @fires answer - the visitor answered; `detail` is what they wrote
 */
export class ParleyQuestion extends LitElement {
  static override shadowRootOptions = { ...LitElement.shadowRootOptions, delegatesFocus: true };
  static override styles = questionStyles;
  static override properties = {
    ask: { attribute: false },
    text: { attribute: false },
    refusal: { attribute: false },
  };

  declare ask: AskNode<string> | undefined;
  /** The question as it reads. */
  declare text: string;
  declare refusal: RefusalCode | undefined;

  constructor() {
    super();
    this.text = '';
  }

  protected override render() {
    const { ask, refusal } = this;
    if (!ask) return html``;
    return html`
      <form novalidate @submit=${this.#handleSubmit}>
        <label for="answer">${this.text}</label>
        <div class="field">
          ${keyed(ask, this.#renderInput(ask))}
          <button type="submit" aria-label=${en.send}>${sendIcon}</button>
        </div>
        <p id="problem" role="alert">${refusal ? en.refusals[refusal] : ''}</p>
      </form>
    `;
  }

  /**
   * Each question has an input of its own: one that turned from a text into a date while it was focused would take no
   * keys, and it would keep the last answer.
   */
  #renderInput(ask: AskNode<string>) {
    return html`<input
      id="answer"
      name=${ask.field}
      type=${ask.input satisfies InputKind}
      .autocomplete=${AUTOCOMPLETE[ask.field] ?? 'off'}
      .enterKeyHint=${'send'}
      aria-invalid=${this.refusal ? 'true' : 'false'}
      aria-describedby="problem"
    />`;
  }

  get #input(): HTMLInputElement | null {
    return this.renderRoot.querySelector('input');
  }

  #handleSubmit(event: SubmitEvent): void {
    event.preventDefault();
    // A half-typed date has no value, but it is not nothing: as what it reads, it is refused as no date.
    const isHalfTyped = this.#input?.validity.badInput === true;
    const detail = isHalfTyped ? HALF_TYPED : (this.#input?.value ?? '');
    this.dispatchEvent(new CustomEvent('answer', { detail }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-question': ParleyQuestion;
  }
}
