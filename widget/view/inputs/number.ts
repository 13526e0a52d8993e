import { readNumber } from '../../reading/number.ts';
import { writeNumber } from '../words.ts';
import type { Control } from './control.ts';
import { readLine, renderLine } from './line.ts';

export const numberControl: Control<'number'> = {
  render: (asked) => {
    const { min = 0, integer = false } = asked.ask;
    const previous =
      typeof asked.previous === 'number'
        ? writeNumber(asked.previous, asked.locale, { useGrouping: false })
        : '';
    return renderLine(asked, {
      // Not `number`: it changes with the mouse wheel, and keeps what it cannot read to itself.
      type: 'text',
      // The phone's numeric keyboards have no minus.
      inputMode: min < 0 ? undefined : integer ? 'numeric' : 'decimal',
      // Its minus stands before it.
      dir: 'ltr',
      value: previous,
    });
  },
  read: (form, { locale }) => readNumber(readLine(form), locale),
  wordsOf: (_, answer, locale) => writeNumber(Number(answer), locale),
};
