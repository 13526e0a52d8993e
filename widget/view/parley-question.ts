import { adoptStyles, html, LitElement, nothing, type PropertyValues } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import type { Answer, AskBase, AskNode } from '../contract/flow.ts';
import type { Refusal } from '../flow/answer.ts';
import { en } from '../locale/en.ts';
import type { Asked, Control } from './inputs/control.ts';
import { questionStyles } from './parley-question.styles.ts';
import { controlOf } from './repertoire.ts';
import { sharedStyles } from './shared.styles.ts';

/**
 * The question at hand: a control that fits it, and what was wrong with the last answer.
 *
 * @fires answer - the visitor answered; `detail` is what they said, as `flow/answer.ts` takes it
 */
export class ParleyQuestion extends LitElement {
  static override shadowRootOptions = { ...LitElement.shadowRootOptions, delegatesFocus: true };
  static override styles = [sharedStyles, questionStyles];
  static override properties = {
    ask: { attribute: false },
    turn: { attribute: false },
    label: {},
    previous: { attribute: false },
    mayKeep: { attribute: false },
    refusal: { attribute: false },
    problem: {},
    locale: {},
  };

  /** An `AskNode<string>`: in a union of its size lit-analyzer loses its way. */
  declare ask: AskBase<string> | undefined;
  /** Another number where the question is put anew, even if it is the same. */
  declare turn: number;
  /** The question as it reads. */
  declare label: string;
  declare previous: Answer | undefined;
  /** The visitor may leave it at the previous answer. */
  declare mayKeep: boolean;
  /** Another object for each answer that was not taken: the same words are read aloud again. */
  declare refusal: Refusal | undefined;
  /** Why the last answer was not taken, in words. */
  declare problem: string;
  /** BCP 47 tag. */
  declare locale: string | undefined;

  /** How many were put. */
  #count = 0;

  constructor() {
    super();
    this.turn = 0;
    this.label = '';
    this.mayKeep = false;
    this.problem = '';
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('ask') || changed.has('turn')) this.#count += 1;
    if (changed.has('ask')) {
      const { elementStyles } = this.constructor as typeof ParleyQuestion;
      adoptStyles(this.renderRoot as ShadowRoot, [...elementStyles, this.#control?.styles ?? []].flat());
    }
  }

  protected override render() {
    const asked = this.#asked;
    if (!asked) return nothing;
    const control = this.#control?.render(asked);
    const problem = this.problem && keyed(this.refusal, html`<span>${this.problem}</span>`);
    const language = asked.ask.retry?.text === undefined ? 'en' : this.lang;
    // Each question has a control of its own: a field that turned from a text into a date while it was focused would take no
    // keys, and it would keep the last answer.
    return html`
      <form
        novalidate
        @submit=${this.#handleSubmit}
        @click=${this.#handleClick}
        @keydown=${this.#handleKeydown}
      >
        ${keyed(this.#count, control)}
        <p id="problem" role="alert" dir="auto" lang=${language}>${problem}</p>
        ${this.mayKeep ? this.#renderQuiet(en.keep, this.previous) : nothing}
        ${asked.ask.optional ? this.#renderQuiet(en.skip, '') : nothing}
      </form>
    `;
  }

  get #control(): Control | undefined {
    const asked = this.#asked;
    return asked && controlOf(asked.ask.input);
  }

  get #asked(): Asked | undefined {
    const { label, previous, locale, problem } = this;
    const ask = this.ask as AskNode<string> | undefined;
    return ask && { ask, label, previous, locale, isRefused: problem !== '', say: this.#say };
  }

  readonly #say = (detail: unknown) => {
    this.dispatchEvent(new CustomEvent('answer', { detail }));
  };

  /** What answers instead of the control. */
  #renderQuiet(name: string, raw: unknown) {
    return html`<button type="button" class="pill quiet" lang="en" @click=${() => this.#say(raw)}>
      ${name}
    </button>`;
  }

  /** What was answered before, or else the first thing that takes an answer. */
  override focus(options?: FocusOptions): void {
    const { renderRoot } = this;
    const first: HTMLElement | null =
      renderRoot.querySelector('[aria-pressed=true]') ?? renderRoot.querySelector('input, textarea, button');
    const { activeElement } = renderRoot as ShadowRoot;
    if (!first || first === activeElement) return;
    first.focus(options);
    // As when it is reached by Tab: what is typed takes the place of the previous answer.
    if (first instanceof HTMLInputElement) first.select();
  }

  /** The second click of a double click would answer the next question. */
  readonly #handleClick = {
    capture: true,
    handleEvent: (event: MouseEvent) => {
      if (event.detail < 2 || !(event.target as Element).closest('button')) return;
      event.preventDefault();
      event.stopPropagation();
    },
  };

  /** So would a key that is held down. */
  #handleKeydown(event: KeyboardEvent): void {
    const { key, repeat, target } = event;
    const { localName } = target as Element;
    const answers = key === 'Enter' ? localName !== 'textarea' : key === ' ' && localName === 'button';
    if (repeat && answers) event.preventDefault();
  }

  async #handleSubmit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const [control, asked, count] = [this.#control, this.#asked, this.#count];
    if (!control?.read || !asked) return;
    const raw: unknown = await control.read(event.target as HTMLFormElement, asked);
    // While a number was read the visitor may have gone to another question.
    if (count === this.#count) this.#say(raw);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-question': ParleyQuestion;
  }
}
