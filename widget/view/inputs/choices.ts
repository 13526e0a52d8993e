import { html } from 'lit';
import { css, laterSheets } from '../css.ts';
import type { Control } from './control.ts';
import { textOf } from './options.ts';

laterSheets.push(css`
  .pill.send {
    margin-block-start: 8px;
    margin-inline-start: auto;
    border-color: transparent;
  }
  .pill:has(:checked) {
    border-color: var(--_accent-ink);
    box-shadow: inset 0 0 0 1px var(--_accent-ink);
  }
  @media (forced-colors: active) {
    .pill:has(:checked) {
      border: 3px solid Highlight;
    }
  }
  [type='checkbox'] {
    flex: none;
    width: 20px;
    height: 20px;
    margin-inline-end: 10px;
    accent-color: var(--_accent);
  }
`);

export const choicesControl: Control<'choices'> = {
  render: ({ ask, label, previous, isRefused, words }) => html`
    <fieldset aria-describedby="problem">
      <legend class="hidden">${label}</legend>
      <div class="options">
        ${ask.options.map(
          ({ value, text }) =>
            html`<label class="pill" part="option" dir="auto">
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
    <button type="submit" class="pill send" part="send" lang=${words.locale}>${words.send}</button>
  `,
  read: (form, { ask }) => new FormData(form).getAll(ask.field),
  wordsOf: ({ options }, answer, locale) =>
    new Intl.ListFormat(locale).format([answer].flat().map((value) => textOf(options, value))),
};
