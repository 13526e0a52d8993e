/** Fields of the inspector's forms, and what stands in them. */
import { html, type TemplateResult } from 'lit';

interface NumberField {
  readonly name: string;
  /** `undefined` is an empty field. */
  readonly value: number | undefined;
  readonly min: number;
  readonly max?: number;
  /** The least difference between two values; `any` if there is none. */
  readonly step?: number | 'any';
  readonly isOptional?: boolean;
  readonly hint?: string;
  readonly onInput: (value: number | undefined) => void;
}

export function numberField(field: NumberField): TemplateResult<1> {
  const {
    name,
    value,
    min,
    max = Number.MAX_SAFE_INTEGER,
    step = 1,
    isOptional = false,
    hint = '',
    onInput,
  } = field;
  return html`<label class="field">
    <span>${name}</span>
    <input
      type="number"
      min=${min}
      max=${max}
      .step=${String(step)}
      placeholder=${hint}
      ?required=${!isOptional}
      .value=${value === undefined ? '' : String(value)}
      @input=${(event: Event) => {
        const text = textIn(event);
        onInput(text === '' ? undefined : Number(text));
      }}
    />
  </label>`;
}

interface ChoiceField<Value extends string> {
  readonly name: string;
  readonly value: Value;
  readonly choices: readonly (readonly [value: Value, title: string])[];
  readonly isDisabled?: boolean;
  readonly onChange: (value: Value) => void;
}

export function choiceField<Value extends string>(field: ChoiceField<Value>): TemplateResult<1> {
  const { name, value, isDisabled = false, onChange } = field;
  const choices: readonly (readonly [value: string, title: string])[] = field.choices;
  return html`<label class="field">
    <span>${name}</span>
    <select ?disabled=${isDisabled} @change=${(event: Event) => onChange(textIn(event) as Value)}>
      ${choices.map(
        ([choice, title]) => html`<option .value=${choice} .selected=${choice === value}>${title}</option>`,
      )}
    </select>
  </label>`;
}

export function textIn({ currentTarget }: Event): string {
  return (currentTarget as HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement).value;
}

/** What came of sending a form. */
export interface Result {
  readonly text: string;
  readonly isBad: boolean;
}

export const noResult: Result = { text: '', isBad: false };

/** @param done said if it went well; else it is what the emulator says */
export function resultOf(call: Promise<unknown>, done: string): Promise<Result> {
  return call.then(
    () => ({ text: done, isBad: false }),
    (error: unknown) => ({
      text: error instanceof Error ? error.message : String(error),
      isBad: true,
    }),
  );
}

export function resultTemplate({ text, isBad }: Result): TemplateResult<1> {
  return html`<p class="message ${isBad ? 'bad' : ''}" role="status">${text}</p>`;
}
