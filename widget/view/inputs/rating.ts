import { css, html, nothing } from 'lit';
import { furtherEn as en } from '../../locale/en-further.ts';
import { writeNumber } from '../words.ts';
import type { Control } from './control.ts';
import { renderButtons } from './options.ts';

export const ratingControl: Control<'rating'> = {
  render: (asked) => {
    const { min = 1, max = 5, low, high } = asked.ask;
    const steps = Array.from({ length: max - min + 1 }, (_, step) => min + step);
    return html`<div class="rating">
      ${renderButtons(
        asked,
        steps.map((value) => ({ value, text: writeNumber(value, asked.locale) })),
      )}
      ${low || high ? html`<p id="ends"><span>${low}</span><span>${high}</span></p>` : nothing}
    </div>`;
  },
  wordsOf: ({ max = 5 }, answer, locale) =>
    en.rating(writeNumber(Number(answer), locale), writeNumber(max, locale)),
  styles: css`
    .rating .options {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(44px, 1fr));
    }
    .rating .pill {
      justify-content: center;
      padding: 0;
    }
    #ends {
      display: flex;
      justify-content: space-between;
      gap: 16px;
      margin: 6px 4px 0;
      font-size: 14px;
      color: var(--_muted);
    }
  `,
};
