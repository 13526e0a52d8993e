import { html } from 'lit';
import { localDateOf, resolveBound } from '../../flow/calendar.ts';
import type { AllWords } from '../../locale/words.ts';
import { readDate } from '../../reading/date.ts';
import { writeDate } from '../dates.ts';
import { css, laterSheets } from '../css.ts';
import type { Asked, FurtherControl } from './control.ts';
import { renderLine, renderSend } from './line.ts';

/** A half-typed date has no value, but it is not nothing: as this it is refused as no date. */
const HALF_TYPED = '----';

type Part = 'day' | 'month' | 'year';

laterSheets.push(css`
  .parts {
    flex: 1;
    display: flex;
    gap: 8px;
  }
  .parts label {
    flex: 1;
    min-width: 0;
    display: grid;
    gap: 4px;
    padding-inline-start: 6px;
    font-size: 14px;
    color: var(--_muted);
  }
  .parts .year {
    flex: 1.6;
  }
  /* Lighter than what refuses it and what shows the focus. */
  .box {
    box-sizing: border-box;
    width: 100%;
    padding: 0 12px;
    border: 1px solid var(--_control);
    border-radius: min(14px, var(--_radius));
    color: var(--_ink);
  }
  .row {
    display: flex;
    align-items: flex-end;
    gap: 8px;
  }
`);

export const dateControl: FurtherControl<'date'> = {
  render: (asked) => (isBirthday(asked) ? renderParts(asked) : renderCalendar(asked)),
  read: (form, asked) => {
    const inputs = [...form.querySelectorAll('input')];
    const [first] = inputs;
    if (!isBirthday(asked)) return first?.validity.badInput ? HALF_TYPED : first?.value;
    const [day = '', month = '', year = ''] = (['day', 'month', 'year'] as const).map(
      (part) => inputs.find(({ id }) => id === part)?.value,
    );
    return readDate({ day, month, year }, asked.locale);
  },
  wordsOf: (_, answer, locale) => writeDate(String(answer), locale),
};

/** Nobody should page through a calendar for decades. Before the purpose may stand a section, as in `section-child bday`. */
const isBirthday = ({ ask }: Asked<'date'>) => ask.autocomplete?.endsWith('bday') === true;

function renderCalendar(asked: Asked<'date'>) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const today = localDateOf(new Date().toISOString(), timeZone);
  const [min, max] = [asked.ask.min, asked.ask.max].map((bound) =>
    bound === undefined ? undefined : resolveBound(bound, today),
  );
  return renderLine(asked, { type: 'date', min, max });
}

/** Three fields, in the order in which the locale has them. Nothing moves on by itself. */
function renderParts({ ask, label, previous, locale, isRefused, words }: Asked<'date', AllWords>) {
  const [year = '', month = '', day = ''] = typeof previous === 'string' ? previous.split('-') : [];
  const values: Readonly<Record<Part, string>> = { day, month, year };
  return html`<div class="row">
    <fieldset class="parts">
      <legend class="hidden">${label}</legend>
      ${partsOf(locale, words).map(
        (part) =>
          html`<label class=${part} lang=${words.locale}>
            ${words.dateParts[part]}
            <input
              id=${part}
              name="${ask.field}-${part}"
              class="box"
              part="field"
              inputmode="numeric"
              enterkeyhint="send"
              .autocomplete=${`${ask.autocomplete ?? ''}-${part}`}
              value=${values[part]}
              aria-invalid=${isRefused}
              aria-describedby="problem"
            />
          </label>`,
      )}
    </fieldset>
    ${renderSend(words)}
  </div>`;
}

function partsOf(locale: string | undefined, { dateParts }: AllWords): Part[] {
  const parts = new Intl.DateTimeFormat(locale, { calendar: 'gregory' }).formatToParts();
  return parts.map(({ type }) => type).filter((type) => type in dateParts) as Part[];
}
