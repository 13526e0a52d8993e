/** How one person becomes two profiles, and how they become one again: several requests in a row. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alias, ana, attributes, essence, events, pages, time } from './cases.ts';
import { startWorkspace } from './workspace.ts';

const canvas = { id: 'c0ffee00-0000-4000-8000-000000000001' };
const { emulator, post, track } = await startWorkspace({ canvases: [canvas] });

const email = 'ana@example.com';
const anonymous = { user_alias: alias, _update_existing_only: false };
const opened = { name: 'opened', time, properties: {} };
const essences = (): readonly unknown[] => emulator.profiles().map(essence);

/** Sends it, and expects that it is taken. */
async function taken(path: string, body: unknown): Promise<void> {
  const { status } = await post(path, body);
  assert.ok(status < 300, `${path} answered ${String(status)}`);
}

async function exportedByEmail(): Promise<unknown> {
  const { body } = await post('/users/export/ids', {
    email_address: email,
    fields_to_export: ['external_id', 'first_name', 'home_city', 'custom_events'],
  });
  return (body as { users: unknown }).users;
}

test(`the trap: an e-mail-only profile, then a user with that address; an export finds two, a merge makes them one (${pages.merge})`, async () => {
  await track({ ...(attributes({ email, home_city: 'Porto' }) as object), events: [{ email, ...opened }] });
  await track(attributes({ ...ana, email, first_name: 'Ana' }));
  const summary = [{ name: 'opened', first: time, last: time, count: 1 }];
  assert.deepEqual(await exportedByEmail(), [
    { home_city: 'Porto', custom_events: summary },
    { ...ana, first_name: 'Ana' },
  ]);

  // Identifying comes too late: the address is that of an identified profile too.
  await taken('/users/identify', {
    emails_to_identify: [{ ...ana, email, prioritization: ['unidentified'] }],
  });
  assert.equal(emulator.profiles().length, 2);

  await taken('/users/merge', {
    merge_updates: [
      { identifier_to_merge: { email, prioritization: ['unidentified'] }, identifier_to_keep: ana },
    ],
  });
  assert.deepEqual(await exportedByEmail(), [
    { ...ana, first_name: 'Ana', home_city: 'Porto', custom_events: summary },
  ]);
});

test(`the way around the trap: identify first, then write by external_id (${pages.identify})`, async () => {
  await track(attributes({ email, home_city: 'Porto' }));
  await taken('/users/identify', {
    emails_to_identify: [{ ...ana, email, prioritization: ['unidentified'] }],
  });
  await track(attributes({ ...ana, email, first_name: 'Ana' }));
  assert.deepEqual(essences(), [{ ...ana, standard: { email, home_city: 'Porto', first_name: 'Ana' } }]);
});

test(`a visitor with an alias who logs in, and goes on under the alias (${pages.identify})`, async () => {
  await track(attributes({ ...anonymous, first_name: 'Ana' }));
  await track(events({ ...anonymous, ...opened }));
  await taken('/users/identify', { aliases_to_identify: [{ ...ana, user_alias: alias }] });
  await track(attributes({ user_alias: alias, home_city: 'Porto' }));
  await track(events({ ...ana, ...opened }));
  assert.deepEqual(essences(), [
    {
      ...ana,
      user_aliases: [alias],
      standard: { first_name: 'Ana', home_city: 'Porto' },
      events: [opened, opened],
    },
  ]);
});

test(`two devices of one person: the second alias with the same label is not combined, a merge combines it (${pages.identify})`, async () => {
  const second = { ...alias, alias_name: 'v-2' };
  await track(attributes(anonymous, { ...anonymous, user_alias: second, home_city: 'Porto' }));
  await taken('/users/identify', { aliases_to_identify: [{ ...ana, user_alias: alias }] });
  await taken('/users/identify', { aliases_to_identify: [{ ...ana, user_alias: second }] });
  assert.equal(emulator.profiles().length, 2);

  await taken('/users/merge', {
    merge_updates: [{ identifier_to_merge: { user_alias: second }, identifier_to_keep: ana }],
  });
  assert.deepEqual(essences(), [{ ...ana, user_aliases: [alias], standard: { home_city: 'Porto' } }]);
  // The name was dropped with the profile, so it is a new visitor's.
  await track(attributes({ ...anonymous, user_alias: second }));
  assert.equal(emulator.profiles().length, 2);
});

test(`merged one after the other in one request, each into what the last one left (${pages.merge})`, async () => {
  await track(attributes({ ...ana }, { external_id: 'b', home_city: 'Porto' }, { external_id: 'c', email }));
  await taken('/users/merge', {
    merge_updates: [
      { identifier_to_merge: { external_id: 'c' }, identifier_to_keep: { external_id: 'b' } },
      { identifier_to_merge: { external_id: 'b' }, identifier_to_keep: ana },
    ],
  });
  assert.deepEqual(essences(), [{ ...ana, standard: { home_city: 'Porto', email } }]);
});

test(`a send that may create a profile makes no second one of somebody known (${pages.canvas})`, async () => {
  await track(attributes({ ...ana, email }));
  const recipients = [
    { external_user_id: 'ana', attributes: { first_name: 'Ana' } },
    { email, prioritization: ['identified'], attributes: { home_city: 'Porto' } },
  ];
  for (const recipient of recipients) {
    await taken('/canvas/trigger/send', {
      canvas_id: canvas.id,
      recipients: [{ ...recipient, send_to_existing_only: false }],
    });
  }
  const [profile, ...others] = emulator.profiles();
  assert.deepEqual(profile?.standard, { email, first_name: 'Ana', home_city: 'Porto' });
  assert.deepEqual(others, []);
});

test(`the state of an e-mail address is shared by all who have it, until it is another one (${pages.track})`, async () => {
  await track(attributes({ ...ana, email }, { external_id: 'ben', email }, { external_id: 'cleo', email }));
  await track(attributes({ external_id: 'cleo', email: 'cleo@example.com' }));
  await track(attributes({ ...ana, email_subscribe: 'unsubscribed' }));
  assert.deepEqual(essences(), [
    { ...ana, standard: { email, email_subscribe: 'unsubscribed' } },
    { external_id: 'ben', standard: { email, email_subscribe: 'unsubscribed' } },
    { external_id: 'cleo', standard: { email: 'cleo@example.com' } },
  ]);
});
