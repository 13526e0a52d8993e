import { html } from 'lit';
import type { Answer, InputKind, Option } from '../../contract/flow.ts';
import type { Asked, Control } from './control.ts';

/** Buttons of which one press answers: with radio buttons it would be the first arrow key. */
export function renderButtons<Kind extends InputKind>(
  { label, previous, say }: Asked<Kind>,
  options: readonly { readonly value: Answer; readonly text: string }[],
) {
  return html`<div
    class="options"
    role="group"
    tabindex="-1"
    aria-label=${label}
    aria-describedby="ends problem"
  >
    ${options.map(
      ({ value, text }) =>
        html`<button
          type="button"
          class="pill"
          part="option"
          dir="auto"
          .ariaPressed=${previous === undefined ? null : String(previous === value)}
          @click=${() => say(value)}
        >
          ${text}
        </button>`,
    )}
  </div>`;
}

export const textOf = (options: readonly Option<string>[], value: Answer) =>
  options.find((option) => option.value === value)?.text ?? String(value);

export const choiceControl: Control<'choice'> = {
  render: (asked) => renderButtons(asked, asked.ask.options),
  wordsOf: ({ options }, answer) => textOf(options, answer),
};
