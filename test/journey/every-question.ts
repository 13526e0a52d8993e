/** A conversation that has everything a flow may ask, say and offer, and the visitor who goes through it. */
import assert from 'node:assert/strict';
import type { Visitor } from './visitor.ts';

const options = (...names: readonly string[]) => names.map((text) => ({ value: text.toLowerCase(), text }));

export const EVERY_QUESTION = {
  id: 'every',
  locale: 'en',
  start: 'hello',
  nodes: {
    hello: { type: 'message', text: 'Hello, **you**. Here are [our tents](/tents).', next: 'name' },
    name: { type: 'ask', field: 'name', input: 'text', text: 'Your name?', next: 'email' },
    email: {
      type: 'ask',
      field: 'email',
      input: 'email',
      text: 'Your address, {{answers.name}}?',
      next: 'phone',
    },
    phone: {
      type: 'ask',
      field: 'phone',
      input: 'phone',
      country: 'GB',
      text: 'Your number?',
      next: 'visit',
    },
    visit: { type: 'ask', field: 'visit', input: 'date', text: 'When will you come?', next: 'born' },
    born: {
      type: 'ask',
      field: 'born',
      input: 'date',
      autocomplete: 'bday',
      text: 'When were you born?',
      next: 'people',
    },
    people: {
      type: 'ask',
      field: 'people',
      input: 'number',
      integer: true,
      text: 'How many of you?',
      next: 'tent',
    },
    tent: {
      type: 'ask',
      field: 'tent',
      input: 'choice',
      text: 'Which tent?',
      options: options('Small', 'Large'),
      next: 'extras',
    },
    extras: {
      type: 'ask',
      field: 'extras',
      input: 'choices',
      text: 'What else?',
      options: options('Stove', 'Lamp', 'Rope'),
      next: 'stars',
    },
    stars: {
      type: 'ask',
      field: 'stars',
      input: 'rating',
      text: 'How did you like it here?',
      next: 'letters',
    },
    letters: {
      type: 'ask',
      field: 'letters',
      input: 'consent',
      purpose: 'marketing',
      text: 'May we write to you?',
      next: 'note',
    },
    note: {
      type: 'ask',
      field: 'note',
      input: 'multiline',
      text: 'Anything else?',
      optional: true,
      next: 'people_who_help',
    },
    people_who_help: {
      type: 'handoff',
      text: 'Somebody is there for you, too.',
      offers: [
        { text: 'Write to us', link: '/contact' },
        { text: 'Call us', phone: '+441632960000' },
        { text: 'Talk now', event: 'open-live-chat' },
      ],
      next: 'save',
    },
    save: {
      type: 'action',
      call: 'users/track',
      attributes: { first_name: '{{answers.name}}', email: '{{answers.email}}' },
      on: { success: 'thanks', error: 'thanks' },
    },
    thanks: { type: 'end', text: 'Thank you, {{answers.name}}.' },
  },
} as const;

/** Goes through all of it, corrects the first answer at the end, and begins anew. */
export async function goThrough(visitor: Visitor): Promise<void> {
  await visitor.answer('name', 'Ada');
  // Refused in words, and then put right.
  await visitor.answer('email', 'nowhere');
  await visitor.isRefused('email');
  await visitor.answer('email', 'ada@example.com');
  await visitor.answer('phone', '020 7946 0958');
  await visitor.find('parley-chat >>> input[type="date"]');
  // Not as a birthday is typed: a browser's own field is one, with its parts in it.
  await visitor.page.$eval('parley-chat >>> input[type="date"]', (input) => {
    input.value = '2026-11-30';
  });
  await (await visitor.find('parley-chat >>> button[type="submit"]')).click();
  await visitor.answer('born', '1815-12-10');
  await visitor.answer('people', '2');
  await visitor.choose('Large');
  await visitor.choose('Stove');
  await visitor.choose('Rope');
  await (await visitor.find('parley-chat >>> button[type="submit"]')).click();
  await visitor.choose('4');
  await visitor.choose('Yes');
  await visitor.choose('Skip');
  await visitor.hears('Thank you, Ada.');
  const offers = await visitor.page.$$eval('parley-chat >>> .offers > *', (found) =>
    found.map(({ textContent }) => textContent.trim()),
  );
  assert.deepEqual(offers, ['Write to us', 'Call us', 'Talk now']);

  await (
    await visitor.find('parley-chat >>> button[aria-label="Change your answer to: Your name?"]')
  ).click();
  await visitor.answer('name', 'Grace');
  await visitor.hears('Thank you, Grace.');
  await (await visitor.find('parley-chat >>> .over button')).click();
  await visitor.find('parley-chat >>> input[name="name"]');
  assert.equal((await visitor.transcript()).includes('Grace'), false);
}
