import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isCalendarDate, localDateOf, resolveBound } from '../../widget/flow/calendar.ts';

const DATES: [string, boolean][] = [
  ['2026-11-30', true],
  ['2024-02-29', true],
  ['2000-02-29', true],
  ['0001-01-01', true],
  ['0099-12-31', true],
  ['3000-12-31', true],
  ['2023-02-29', false],
  ['1900-02-29', false],
  ['2026-04-31', false],
  ['2026-00-10', false],
  ['2026-13-01', false],
  ['2026-01-00', false],
  ['0000-01-01', false],
  ['3001-01-01', false],
  ['2026-1-1', false],
  ['26-01-01', false],
  ['2026/01/01', false],
  ['2026-01-01T00:00:00Z', false],
  ['２０２６-01-01', false],
  ['----', false],
  ['', false],
];

const LOCAL: [time: string, zone: string | undefined, date: string][] = [
  ['2026-11-30T23:30:00.000Z', undefined, '2026-11-30'],
  ['2026-11-30T23:30:00.000Z', 'Europe/Lisbon', '2026-11-30'],
  ['2026-11-30T23:30:00.000Z', 'Europe/Berlin', '2026-12-01'],
  ['2026-12-31T15:30:00.000Z', 'Asia/Tokyo', '2027-01-01'],
  ['2026-03-01T02:00:00.000Z', 'America/Sao_Paulo', '2026-02-28'],
  ['2026-11-30T23:30:00.000Z', 'Nowhere/At_All', '2026-11-30'],
  ['2026-11-30T23:30:00.000Z', '', '2026-11-30'],
  ['no time', 'Europe/Berlin', 'no time'],
];

const BOUNDS: [bound: string, today: string, date: string | undefined][] = [
  ['2000-01-31', '2026-11-30', '2000-01-31'],
  ['today', '2026-11-30', '2026-11-30'],
  ['+10d', '2026-12-25', '2027-01-04'],
  ['-1d', '2024-03-01', '2024-02-29'],
  ['+2w', '2026-11-30', '2026-12-14'],
  ['-1m', '2026-03-31', '2026-02-28'],
  ['+1m', '2026-01-31', '2026-02-28'],
  ['+1m', '2026-12-31', '2027-01-31'],
  ['-13m', '2026-01-15', '2024-12-15'],
  ['-1y', '2024-02-29', '2023-02-28'],
  ['-4y', '2024-02-29', '2020-02-29'],
  ['-18y', '2026-11-30', '2008-11-30'],
  ['-999y', '2026-11-30', '1027-11-30'],
  ['+999d', '2026-11-30', '2029-08-25'],
  ['-1000y', '2026-11-30', undefined],
  ['18y', '2026-11-30', undefined],
  ['-18 y', '2026-11-30', undefined],
  ['-18Y', '2026-11-30', undefined],
  ['-1.5y', '2026-11-30', undefined],
  ['2023-02-29', '2026-11-30', undefined],
  ['tomorrow', '2026-11-30', undefined],
  ['', '2026-11-30', undefined],
];

describe('the calendar', () => {
  for (const [text, isOne] of DATES) {
    it(`${JSON.stringify(text)} is ${isOne ? 'a' : 'no'} date`, () =>
      assert.equal(isCalendarDate(text), isOne));
  }
  for (const [time, zone, date] of LOCAL) {
    it(`${time} in ${zone ?? 'no zone'} is on ${date}`, () => assert.equal(localDateOf(time, zone), date));
  }
  for (const [bound, today, date] of BOUNDS) {
    it(`the bound "${bound}" on ${today} is ${date ?? 'none'}`, () =>
      assert.equal(resolveBound(bound, today), date));
  }
  it('every bound is a date or none, from any day on', () => {
    const bound = fc.oneof(fc.stringMatching(/^[+-]\d{1,4}[dwmy]$/), fc.string());
    const today = fc.date({ min: new Date('1900-01-01'), max: new Date('2100-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(bound, today, (text, day) => {
        const date = resolveBound(text, day.toISOString().slice(0, 10));
        assert.ok(date === undefined || /^\d{4}-\d\d-\d\d$/.test(date), date);
      }),
    );
  });
});
