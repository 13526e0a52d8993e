/** The question at hand: a control that fits it, and what was wrong with the last answer. */
import { html, nothing } from 'lit';
import type { AskNode } from '../contract/flow.ts';
import type { Refusal } from '../flow/answer.ts';
import { anew } from './anew.ts';
import type { Asked } from './inputs/control.ts';
import { controlOf } from './repertoire.ts';

/** A question as it is put. */
export interface Put extends Omit<Asked, 'ask' | 'isRefused'> {
  readonly ask: AskNode<string>;
  /** BCP 47 tag of what is said. */
  readonly lang: string;
  /** Another number where the question is put anew, even if it is the same. */
  readonly turn: number;
  /** The visitor may leave it at the previous answer. */
  readonly mayKeep?: boolean;
  /** Another object for each answer that was not taken: the same words are read aloud again. */
  readonly refusal?: Refusal | undefined;
  /** Why the last answer was not taken, in words. */
  readonly problem: string;
  /** JSON of what was in the fields when they were left; heeded when there are other fields. */
  readonly draft: string | undefined;
  /** Hears such JSON while the visitor fills the fields in. */
  readonly keep: (draft: string) => void;
}

export interface Question {
  render(put: Put): unknown;
  /** It stands in the document. */
  rendered(): void;
  /** Goes to what was answered before, or else to the first thing that takes an answer. */
  focus(): void;
}

/** Where a field has what the visitor put into it. */
const heldIn = ({ type }: HTMLInputElement) => (type === 'checkbox' ? 'checked' : 'value');

/** As its control has to know it. */
const asked = (put: Put): Asked => ({ ...put, isRefused: put.problem !== '' });

/** The second click of a double click would answer the next question. */
const handleClick = {
  capture: true,
  handleEvent(event: MouseEvent) {
    if (event.detail < 2 || !(event.target as Element).closest('button')) return;
    event.preventDefault();
    event.stopPropagation();
  },
};

/** So would a key that is held down. */
function handleKeydown(event: KeyboardEvent): void {
  const { key, repeat, target } = event;
  const { localName } = target as Element;
  const answers = key === 'Enter' ? localName !== 'textarea' : key === ' ' && localName === 'button';
  if (repeat && answers) event.preventDefault();
}

/** @param root in which it is rendered */
export function createQuestion(root: () => ShadowRoot): Question {
  let put: Put | undefined;
  /** How many were put, and how many answers were not taken. */
  let count = 0;
  let refusals = 0;
  /** The first field, as it was rendered last. */
  let field: HTMLInputElement | undefined;

  const find = <Found extends HTMLElement>(selector: string) =>
    root().querySelectorAll<Found>(`.question :is(${selector})`);
  const fields = () => [...find<HTMLInputElement>('input, textarea')];
  const handleInput = () => put?.keep(JSON.stringify(fields().map((field) => field[heldIn(field)])));

  const handleSubmit = async (event: SubmitEvent) => {
    event.preventDefault();
    const control = put && controlOf(put.ask.input);
    if (!put || !control?.read) return;
    const before = count;
    const raw: unknown = await control.read(event.target as HTMLFormElement, asked(put));
    // While a number was read the visitor may have gone to another question.
    if (before === count) put.say(raw);
  };

  /** What answers instead of the control. */
  const renderQuiet = ({ say, words }: Put, name: string, raw: unknown) =>
    html`<button type="button" class="pill quiet" lang=${words.locale} @click=${() => say(raw)}>
      ${name}
    </button>`;

  return {
    render(given) {
      const isNew = given.ask !== put?.ask || given.turn !== put.turn;
      if (isNew) count += 1;
      if (given.refusal !== put?.refusal) refusals += 1;
      put = given;
      const { ask, problem, words } = put;
      const control = controlOf(ask.input);
      const language = ask.retry?.text === undefined ? words.locale : put.lang;
      const told = problem && anew(refusals, html`<span>${problem}</span>`);
      // Each question has a control of its own: a field that turned from a text into a date while it was focused would take no
      // keys, and it would keep the last answer.
      return html`<form
        class="question"
        part="question"
        lang=${put.lang}
        novalidate
        @submit=${handleSubmit}
        @input=${handleInput}
        @click=${handleClick}
        @keydown=${handleKeydown}
      >
        ${anew(count, control?.render(asked(put)))}
        <p id="problem" part="problem" role="alert" dir="auto" lang=${language}>${told}</p>
        ${put.mayKeep ? renderQuiet(put, words.keep, put.previous) : nothing}
        ${ask.optional ? renderQuiet(put, words.skip, '') : nothing}
      </form>`;
    },
    rendered() {
      const [first] = fields();
      const isSame = first === field;
      field = first;
      if (isSame || !put?.draft) return;
      const values = JSON.parse(put.draft) as (string | boolean)[];
      fields().forEach((field, index) => Object.assign(field, { [heldIn(field)]: values[index] }));
    },
    focus() {
      // Nobody consents by a second press of the key that sent their answer.
      const where = put?.ask.input === 'consent' ? '.options' : 'input, textarea, button';
      const first = find('[aria-pressed=true]')[0] ?? find(where)[0];
      if (!first || first === root().activeElement) return;
      first.focus();
      // As when it is reached by Tab: what is typed takes the place of the previous answer. A draft is gone on with.
      if (first instanceof HTMLInputElement && first.value === first.defaultValue) first.select();
    },
  };
}
