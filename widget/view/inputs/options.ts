import { html } from 'lit';
import type { Answer, InputKind, Option } from '../../contract/flow.ts';
import { en } from '../../locale/en.ts';
import type { Asked, Control } from './control.ts';

/** Buttons of which one press answers: with radio buttons it would be the first arrow key. */
export function renderButtons<Kind extends InputKind>(
  { label, previous, say }: Asked<Kind>,
  options: readonly { readonly value: Answer; readonly text: string }[],
) {
  return html`<div class="options" role="group" aria-label=${label} aria-describedby="ends problem">
    ${options.map(
      ({ value, text }) =>
        html`<button
          type="button"
          class="pill"
          dir="auto"
          .ariaPressed=${previous === undefined ? null : String(previous === value)}
          @click=${() => say(value)}
        >
          ${text}
        </button>`,
    )}
  </div>`;
}

const textOf = (options: readonly Option<string>[], value: Answer) =>
  options.find((option) => option.value === value)?.text ?? String(value);

export const choiceControl: Control<'choice'> = {
  render: (asked) => renderButtons(asked, asked.ask.options),
  wordsOf: ({ options }, answer) => textOf(options, answer),
};

export const choicesControl: Control<'choices'> = {
  render: ({ ask, label, previous, isRefused }) => html`
    <fieldset aria-describedby="problem">
      <legend class="hidden">${label}</legend>
      <div class="options">
        ${ask.options.map(
          ({ value, text }) =>
            html`<label class="pill" dir="auto">
              <input
                type="checkbox"
                name=${ask.field}
                value=${value}
                ?checked=${Array.isArray(previous) && previous.includes(value)}
                aria-invalid=${isRefused}
              />
              ${text}
            </label>`,
        )}
      </div>
    </fieldset>
    <button type="submit" class="pill send" lang="en">${en.send}</button>
  `,
  read: (form, { ask }) => new FormData(form).getAll(ask.field),
  wordsOf: ({ options }, answer, locale) =>
    new Intl.ListFormat(locale).format([answer].flat().map((value) => textOf(options, value))),
};
