/**
 * What a browser fills in although the fields stand in shadow roots (decision 21): names, an e-mail address, a phone number and a city, each
 * in a question of its own. Of birthdays it shows nothing: Chromium's autofill was not made to fill one in.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eachWithBrand, openBrand, type Scene } from './brand.ts';
import { openWholeBrowser } from './visitor.ts';

/** What the browser knows of its person, as Chromium names it (`components/autofill/core/browser/field_types.cc`). */
const PERSON = {
  NAME_FULL: 'Ada Lovelace',
  NAME_FIRST: 'Ada',
  NAME_LAST: 'Lovelace',
  EMAIL_ADDRESS: 'ada@example.com',
  PHONE_HOME_WHOLE_NUMBER: '+447911123456',
  ADDRESS_HOME_CITY: 'Keswick',
  ADDRESS_HOME_COUNTRY: 'GB',
  ADDRESS_HOME_ZIP: 'CA12 5JN',
  ADDRESS_HOME_STREET_ADDRESS: '1 Lake Road',
  ADDRESS_HOME_LINE1: '1 Lake Road',
};

const fields = Object.entries(PERSON).map(([name, value]) => ({ name, value }));

const ask = (field: string, input: string, autocomplete: string) => ({
  type: 'ask',
  field,
  input,
  autocomplete,
  text: `Your ${field}?`,
  next: 'bye',
});

const FIELDS = [
  ['first_name', 'text', 'given-name', 'Ada'],
  ['last_name', 'text', 'family-name', 'Lovelace'],
  ['email', 'email', 'email', 'ada@example.com'],
  ['phone', 'phone', 'tel', '+447911123456'],
  ['home_city', 'text', 'address-level2', 'Keswick'],
] as const;

const flows = FIELDS.map(([field, input, autocomplete]) => ({
  id: `fill-${field.replace('_', '-')}`,
  start: 'ask',
  nodes: { ask: ask(field, input, autocomplete), bye: { type: 'end', text: 'Bye' } },
}));

describe('a browser that knows its person', () => {
  let scene: Scene<Awaited<ReturnType<typeof openBrand>>>;
  eachWithBrand(
    () => openBrand({ flows }),
    (given) => (scene = given),
    openWholeBrowser,
  );

  for (const [field, , , value] of FIELDS) {
    it(`fills in ${field}`, async () => {
      const { brand, visitor } = scene;
      brand.setBody(brand.scriptTag(`data-flow="fill-${field.replace('_', '-')}"`));
      await visitor.visit(brand.url);
      await visitor.openChat(`Your ${field}?`);
      const input = await visitor.find(`parley-chat >>> input[name="${field}"]`);
      const session = await visitor.page.createCDPSession();
      await session.send('DOM.enable');
      const fieldId = await input.backendNodeId();
      await session.send('Autofill.trigger', { fieldId, address: { fields } });
      await visitor.page.waitForFunction((element) => (element as HTMLInputElement).value, {}, input);
      await input.press('Enter');
      await visitor.hears('Bye');
      assert.match(await visitor.transcript(), new RegExp(`visitor: ${value.replace('+', '\\+')}`));
    });
  }
});
