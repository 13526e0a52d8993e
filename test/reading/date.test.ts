import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCalendarDate } from '../../widget/flow/calendar.ts';
import { readDate } from '../../widget/reading/date.ts';

const DATES: [day: string, month: string, year: string, locale: string, date: string][] = [
  ['1', '2', '1990', 'en', '1990-02-01'],
  ['01', '02', '1990', 'en', '1990-02-01'],
  [' 31 ', ' 12 ', ' 1990 ', 'en', '1990-12-31'],
  ['１', '２', '１９９０', 'ja', '1990-02-01'],
  ['１日', '２月', '１９９０年', 'ja', '1990-02-01'],
  ['1일', '2월', '1990년', 'ko', '1990-02-01'],
  ['۱', '۲', '۱۹۹۰', 'fa', '1990-02-01'],
  ['1', 'February', '1990', 'en', '1990-02-01'],
  ['1', 'feb', '1990', 'en', '1990-02-01'],
  ['1.', 'Feb.', '1990', 'de', '1990-02-01'],
  ['1', 'März', '1990', 'de', '1990-03-01'],
  ['1', 'février', '1990', 'fr', '1990-02-01'],
  ['1', 'fevereiro', '1990', 'pt-BR', '1990-02-01'],
  ['', '', '', 'en', ''],
  [' ', '', '', 'en', ''],
];

/** What is no date, for the core to refuse. */
const NONE: [day: string, month: string, year: string][] = [
  ['1', '2', '90'],
  ['1', '2', ''],
  ['', '2', '1990'],
  ['1', '', '1990'],
  ['31', '2', '1990'],
  ['1', '13', '1990'],
  ['1', 'Smarch', '1990'],
  ['1990', '2', '1'],
  ['1', '2', '19900'],
  ['1/2/1990', '', ''],
];

describe('a typed date', () => {
  for (const [day, month, year, locale, date] of DATES) {
    it(`${day} ${month} ${year} in ${locale} is ${date || 'nothing'}`, () =>
      assert.equal(readDate({ day, month, year }, locale), date));
  }
  for (const [day, month, year] of NONE) {
    it(`${day}, ${month}, ${year} is no date`, () => {
      const read = readDate({ day, month, year }, 'en');
      assert.notEqual(read, '');
      assert.ok(!isCalendarDate(read), read);
    });
  }
});
