import { html, nothing } from 'lit';
import { writeNumber } from '../words.ts';
import { css, laterSheets } from '../css.ts';
import type { FurtherControl } from './control.ts';
import { renderButtons } from './options.ts';

laterSheets.push(css`
  .rating .options {
    display: grid;
    grid-auto-flow: column;
    grid-auto-columns: 1fr;
    gap: 4px;
  }
  /* No more than six stand side by side on the narrowest phone; the rows are as even as they can be. */
  .rating .options:has(:nth-child(7)) {
    grid-auto-flow: row;
    grid-template-columns: repeat(4, 1fr);
  }
  .rating .options:has(:nth-child(9)) {
    grid-template-columns: repeat(5, 1fr);
  }
  .rating .options:has(:nth-child(11)) {
    grid-template-columns: repeat(6, 1fr);
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
`);

export const ratingControl: FurtherControl<'rating'> = {
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
  wordsOf: ({ max = 5 }, answer, locale, words) =>
    words.rating(writeNumber(Number(answer), locale), writeNumber(max, locale)),
};
