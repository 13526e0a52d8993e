import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readPhone } from '../../widget/reading/phone.ts';

const NUMBERS: [text: string, country: string | undefined, number: string][] = [
  ['+44 20 7946 0958', undefined, '+442079460958'],
  ['+44 (0)20 7946 0958', undefined, '+442079460958'],
  ['0044 20 7946 0958', 'GB', '+442079460958'],
  ['0044 20 7946 0958', undefined, '+442079460958'],
  ['020 7946 0958', 'GB', '+442079460958'],
  ['(020) 7946-0958', 'GB', '+442079460958'],
  ['0171/234 56 78', 'DE', '+491712345678'],
  ['(212) 555-0123', 'US', '+12125550123'],
  ['011 44 20 7946 0958', 'US', '+442079460958'],
  ['(11) 91234-5678', 'BR', '+5511912345678'],
  ['０９０ー１２３４ー５６７８', 'JP', '+819012345678'],
  ['＋８１　９０　１２３４　５６７８', undefined, '+819012345678'],
  ['٠٥٠١٢٣٤٥٦٧', 'SA', '+966501234567'],
  ['+49 171 2345678', 'GB', '+491712345678'],
];

const OTHERS: [text: string, country: string | undefined][] = [
  ['', 'GB'],
  ['020 7946 0958', undefined],
  ['020 7946 0958', 'XX'],
  ['12', 'GB'],
  ['020 7946 0958 ext. 7', 'GB'],
  ['call 020 7946 0958', 'GB'],
  ['ada@example.com', 'GB'],
];

describe('a typed telephone number', () => {
  for (const [text, country, number] of NUMBERS) {
    it(`${text} ${country ? `from ${country}` : 'from anywhere'} is ${number}`, async () =>
      assert.equal(await readPhone(text, country), number));
  }
  for (const [text, country] of OTHERS) {
    it(`${JSON.stringify(text)} ${country ? `from ${country}` : 'from anywhere'} stays as it is typed`, async () =>
      assert.equal(await readPhone(text, country), text));
  }

  const OFFLINE: [text: string, number: string][] = [
    ['+44 20 7946 0958', '+442079460958'],
    ['+44 (0)20/7946-0958', '+442079460958'],
    ['0044 20 7946 0958', '+442079460958'],
    ['＋８１　９０ー１２３４ー５６７８', '+819012345678'],
    ['020 7946 0958', '020 7946 0958'],
    ['+44 20 7946 0958 ext. 7', '+44 20 7946 0958 ext. 7'],
  ];
  for (const [text, number] of OFFLINE) {
    it(`${text} is ${number} where the library is out of reach`, async () =>
      assert.equal(
        await readPhone(text, 'GB', () => Promise.reject(new TypeError('Failed to fetch'))),
        number,
      ));
  }
});
