import { html } from 'lit';
import { css, laterSheets } from '../css.ts';
import type { Control } from './control.ts';
import { renderSend } from './line.ts';

/** Enter makes a line. */
const handleKeydown = (event: KeyboardEvent) => {
  const { key, ctrlKey, metaKey, isComposing, repeat, currentTarget } = event;
  if (key !== 'Enter' || !(ctrlKey || metaKey) || isComposing || repeat) return;
  (currentTarget as HTMLTextAreaElement).form?.requestSubmit();
};

laterSheets.push(css`
  .lines {
    align-items: flex-end;
  }
  textarea {
    box-sizing: border-box;
    height: auto;
    /* Three lines at first: it looks like what it is. */
    min-height: calc(3lh + 20px);
    max-height: 170px;
    padding-block: 10px;
    resize: none;
    field-sizing: content;
  }
`);

export const multilineControl: Control<'multiline'> = {
  render: ({ ask, label, previous, isRefused, words }) => html`
    <label class="hidden" for="answer">${label}</label>
    <div class="field lines" part="field">
      <textarea
        id="answer"
        name=${ask.field}
        rows="3"
        enterkeyhint="enter"
        .autocomplete=${ask.autocomplete ?? 'off'}
        aria-invalid=${isRefused}
        aria-describedby="problem"
        .defaultValue=${String(previous ?? '')}
        @keydown=${handleKeydown}
      ></textarea>
      ${renderSend(words)}
    </div>
  `,
  read: (form) => form.querySelector('textarea')?.value,
  wordsOf: (_, answer) => String(answer),
};
