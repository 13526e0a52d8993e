import { css, html } from 'lit';
import type { Control } from './control.ts';
import { sendButton } from './line.ts';

/** Enter makes a line. */
const handleKeydown = (event: KeyboardEvent) => {
  const { key, ctrlKey, metaKey, isComposing, repeat, currentTarget } = event;
  if (key !== 'Enter' || !(ctrlKey || metaKey) || isComposing || repeat) return;
  (currentTarget as HTMLTextAreaElement).form?.requestSubmit();
};

export const multilineControl: Control<'multiline'> = {
  render: ({ ask, label, previous, isRefused }) => html`
    <label class="hidden" for="answer">${label}</label>
    <div class="field lines">
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
      ${sendButton}
    </div>
  `,
  read: (form) => form.querySelector('textarea')?.value,
  wordsOf: (_, answer) => String(answer),
  styles: css`
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
  `,
};
