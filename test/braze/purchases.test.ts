/** Purchases. */
import { ana, noData, noIdentifier, onlyError, pages, testEach, time, type Case } from './cases.ts';
import { startWorkspace } from './workspace.ts';

const purchase = { ...ana, product_id: 'mug', currency: 'EUR', price: 9.5, time };
const stored = { product_id: 'mug', currency: 'EUR', price: 9.5, quantity: 1, time, properties: {} };

const purchases = (...objects: readonly unknown[]): unknown => ({ purchases: objects });
const kept = (...objects: readonly unknown[]): readonly unknown[] => [{ ...ana, purchases: objects }];

const accepted: readonly Case[] = [
  {
    fact: 'a purchase is kept, one piece by default',
    page: pages.purchases,
    send: purchases(purchase, { ...purchase, quantity: 3 }),
    answer: { message: 'success', purchases_processed: 2 },
    profiles: kept(stored, { ...stored, quantity: 3 }),
  },
  {
    fact: 'the same purchase twice is two purchases',
    page: pages.track,
    given: [purchases(purchase)],
    send: purchases(purchase),
    profiles: kept(stored, stored),
  },
  {
    fact: '100 pieces are the most',
    page: pages.purchases,
    send: purchases({ ...purchase, quantity: 100 }),
    profiles: kept({ ...stored, quantity: 100 }),
  },
  {
    fact: 'a price without decimals, and one of nothing, are prices',
    page: pages.purchases,
    send: purchases({ ...purchase, price: 40 }, { ...purchase, price: 0 }),
    profiles: kept({ ...stored, price: 40 }, { ...stored, price: 0 }),
  },
  {
    fact: 'a product_id of 255 characters is kept',
    page: pages.purchases,
    send: purchases({ ...purchase, product_id: 'é'.repeat(255) }),
    profiles: kept({ ...stored, product_id: 'é'.repeat(255) }),
  },
  {
    fact: 'the app and the properties are kept with the purchase',
    page: pages.purchases,
    send: purchases({ ...purchase, app_id: 'web', properties: { color: 'red', items: [{ n: 1 }] } }),
    profiles: kept({ ...stored, app_id: 'web', properties: { color: 'red', items: [{ n: 1 }] } }),
  },
  {
    fact: 'a purchase in the future is one of now',
    page: pages.attributes,
    send: purchases({ ...purchase, time: '2031-01-01T00:00:00Z' }),
    profiles: kept({ ...stored, time: '2026-03-01T12:00:00.000Z' }),
  },
  {
    fact: 'a purchase of an unknown alias changes nothing by default',
    page: pages.purchases,
    send: purchases({
      ...purchase,
      external_id: undefined,
      user_alias: { alias_name: 'v-1', alias_label: 'parley' },
    }),
    answer: { message: 'success', purchases_processed: 1 },
    profiles: [],
  },
  {
    fact: 'of two purchases one is refused and the other kept',
    page: pages.track,
    send: purchases({ ...purchase, price: '9.5' }, purchase),
    answer: {
      message: 'success',
      purchases_processed: 1,
      errors: [{ type: "'price' is not valid", input_array: 'purchases', index: 0 }],
    },
    profiles: kept(stored),
  },
  {
    fact: 'a price as text, more than 100 pieces and an unknown currency are errors',
    page: pages.purchases,
    send: purchases(
      { ...purchase, price: '9.5' },
      { ...purchase, quantity: 101 },
      { ...purchase, currency: 'EURO' },
    ),
    status: 400,
    answer: {
      message: noData,
      errors: ["'price' is not valid", "'quantity' is not valid", "'currency' is not valid"].map(
        (type, index) => ({ type, input_array: 'purchases', index }),
      ),
    },
    profiles: [],
  },
];

const noTime = "'time' is required: a string in ISO 8601 format";
const wrongTime = "'time' must be a string in ISO 8601 format, or like yyyy-MM-dd'T'HH:mm:ss:SSSZ";

const refused: readonly (readonly [what: string, change: Record<string, unknown>, type: string])[] = [
  ['no product_id', { product_id: undefined }, "'product_id' is not valid"],
  ['a product_id of 256 characters', { product_id: 'x'.repeat(256) }, "'product_id' is not valid"],
  ['no currency', { currency: undefined }, "'currency' is not valid"],
  ['a currency in small letters', { currency: 'eur' }, "'currency' is not valid"],
  ['no price', { price: undefined }, "'price' is not valid"],
  ['no pieces', { quantity: 0 }, "'quantity' is not valid"],
  ['half a piece', { quantity: 0.5 }, "'quantity' is not valid"],
  ['no time', { time: undefined }, noTime],
  ['a time that is none', { time: 'yesterday' }, wrongTime],
  ['a time with a blank', { time: '2026-03-01 11:00:00' }, wrongTime],
  ['a property that is null', { properties: { o: { n: null } } }, "The property 'o.n' must not be null"],
  ['a reserved property', { properties: { time: 'now' } }, "'time' is a reserved property name"],
  ['an app_id that is a number', { app_id: 7 }, "'app_id' must be a string"],
  ['no identifier', { external_id: undefined }, noIdentifier],
];

testEach(await startWorkspace(), [
  ...accepted,
  ...refused.map(([what, change, type]) => ({
    fact: `a purchase with ${what} is an error`,
    page: pages.purchases,
    send: purchases({ ...purchase, ...change }),
    status: 400,
    answer: onlyError(type, 'purchases'),
    profiles: [],
  })),
]);

testEach(await startWorkspace({ undocumented: 'ignore' }), [
  {
    fact: 'a property that breaks a rule is left out where it is not refused',
    page: pages.purchases,
    send: purchases({ ...purchase, properties: { size: null, colour: 'red' } }),
    answer: { message: 'success', purchases_processed: 1 },
    profiles: kept({ ...stored, properties: { colour: 'red' } }),
  },
]);
