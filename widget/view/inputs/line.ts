import { html } from 'lit';
import type { InputKind, TextInput } from '../../contract/flow.ts';
import type { Words } from '../../locale/words.ts';
import { sendIcon } from '../icons.ts';
import type { Asked, Control } from './control.ts';

interface LineOptions {
  readonly type: 'text' | 'email' | 'tel' | 'date';
  readonly inputMode?: string | undefined;
  /** `ltr` for what nobody writes from right to left. */
  readonly dir?: string;
  readonly value?: string;
  readonly min?: string | undefined;
  readonly max?: string | undefined;
}

export const renderSend = ({ send, locale }: Words) =>
  html`<button type="submit" class="round send" part="send" lang=${locale} aria-label=${send}>
    ${sendIcon}
  </button>`;

/** One line to write on. Its text is never cut: what is too long is refused in words. */
export function renderLine<Kind extends InputKind>(asked: Asked<Kind>, options: LineOptions) {
  const { ask, label, previous, isRefused, words } = asked;
  const { type, inputMode = '', dir = '', value = previous ?? '', min = '', max = '' } = options;
  const { autocomplete = 'off' } = ask as TextInput;
  return html`
    <label class="hidden" for="answer">${label}</label>
    <div class="field" part="field">
      <input
        id="answer"
        name=${ask.field}
        type=${type}
        .dir=${dir}
        .inputMode=${inputMode}
        .autocomplete=${autocomplete}
        enterkeyhint="send"
        .defaultValue=${String(value)}
        .min=${min}
        .max=${max}
        aria-invalid=${isRefused}
        aria-describedby="problem"
      />
      ${renderSend(words)}
    </div>
  `;
}

export function readLine(form: HTMLFormElement): string {
  return form.querySelector('input')?.value ?? '';
}

export const textControl: Control<'text'> = {
  render: (asked) => renderLine(asked, { type: 'text' }),
  read: readLine,
  wordsOf: (_, answer) => String(answer),
};

export const emailControl: Control<'email'> = {
  render: (asked) => renderLine(asked, { type: 'email', dir: 'ltr' }),
  async read(form) {
    const written = readLine(form);
    if (!/[^ -~]/.test(written)) return written;
    // What other keyboards write in the place of ASCII. Where it cannot be had, the address is judged as it is.
    const reading = await import('../../reading/ascii.ts').catch(() => undefined);
    return reading?.toAscii(written) ?? written;
  },
  wordsOf: (_, answer) => String(answer),
};
