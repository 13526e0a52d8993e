/**
 * The emulator for a client that we did not write: the npm package `braze-api`. It sends what it takes Braze's API to be, and
 * what it makes of the answers is what its users get.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Braze } from 'braze-api';
import { alias, ana, essence, noData, noIdentifier, time } from './cases.ts';
import { KEY, KEY_WITHOUT_TRACK, NOW, startWorkspace } from './workspace.ts';

const CANVAS = '0c8b0f6a-6f0b-4f4d-9a2e-5d7c3e1b2a90';
const PAUSED_CANVAS = '1d9c1f7b-7f1c-4e5e-8b3f-6e8d4f2c3ba1';
const CAMPAIGN = '2ea0208c-8021-4f6f-9c40-7f9e503d4cb2';
const GROUP = '3fb1319d-9132-4070-8d51-80af614e5dc3';

const workspace = await startWorkspace({
  canvases: [
    { id: CANVAS, name: 'Welcome' },
    { id: PAUSED_CANVAS, name: 'Spring', state: 'paused' },
  ],
  campaigns: [{ id: CAMPAIGN, name: 'Offer' }],
});
const braze = new Braze(workspace.url, KEY);

/** The profiles, oldest first, without ids, times and empty members. */
const profiles = (): readonly unknown[] => workspace.emulator.profiles().map(essence);

/** The alias-only profile and the identified one, each with something on it. */
async function trackTwo(): Promise<void> {
  const user = { user_alias: alias, _update_existing_only: false };
  await braze.users.track({
    attributes: [
      { ...ana, first_name: 'Ana' },
      { ...user, email: 'ana@example.com', plan: 'gold' },
    ],
  });
}

describe('braze-api, where all is well', () => {
  it('users.track writes attributes, events and purchases', async () => {
    const purchase = { product_id: 'boots', currency: 'EUR', price: 120.5, time };
    const answer = await braze.users.track({
      attributes: [{ ...ana, first_name: 'Ana', visits: { inc: 1 } }],
      events: [{ ...ana, name: 'opened', time, properties: { page: '/' } }],
      purchases: [{ ...ana, ...purchase }],
    });
    assert.deepEqual(answer, {
      message: 'success',
      attributes_processed: 1,
      events_processed: 1,
      purchases_processed: 1,
    });
    assert.deepEqual(profiles(), [
      {
        ...ana,
        standard: { first_name: 'Ana' },
        custom_attributes: { visits: 1 },
        events: [{ name: 'opened', time, properties: { page: '/' } }],
        purchases: [{ ...purchase, quantity: 1, properties: {} }],
      },
    ]);
  });

  it('users.track resolves with the errors of a part', async () => {
    const answer = await braze.users.track({ attributes: [ana, { first_name: 'Nobody' }] });
    assert.deepEqual(answer, {
      message: 'success',
      attributes_processed: 1,
      errors: [{ type: noIdentifier, input_array: 'attributes', index: 1 }],
    });
    assert.deepEqual(profiles(), [ana]);
  });

  it('users.alias.new makes an alias-only profile, and adds an alias to a known one', async () => {
    await braze.users.track({ attributes: [ana] });
    const other = { alias_name: 'a-1', alias_label: 'shop' };
    const answer = await braze.users.alias.new({ user_aliases: [{ ...ana, ...other }, alias] });
    assert.deepEqual(answer, { message: 'success', aliases_processed: 2 });
    assert.deepEqual(profiles(), [{ ...ana, user_aliases: [other] }, { user_aliases: [alias] }]);
  });

  it('users.identify joins an alias-only profile to the identified one', async () => {
    await trackTwo();
    const answer = await braze.users.identify({ aliases_to_identify: [{ ...ana, user_alias: alias }] });
    assert.deepEqual(answer, { message: 'success', aliases_processed: 1 });
    assert.deepEqual(profiles(), [
      {
        ...ana,
        user_aliases: [alias],
        standard: { first_name: 'Ana', email: 'ana@example.com' },
        custom_attributes: { plan: 'gold' },
      },
    ]);
  });

  it('users.identify by e-mail takes priorities', async () => {
    await trackTwo();
    const answer = await braze.users.identify({
      emails_to_identify: [
        {
          external_id: 'ben',
          email: 'ana@example.com',
          prioritization: ['unidentified', 'most_recently_updated'],
        },
      ],
    });
    assert.equal(answer.message, 'success');
    assert.deepEqual(profiles(), [
      { ...ana, standard: { first_name: 'Ana' } },
      {
        external_id: 'ben',
        user_aliases: [alias],
        standard: { email: 'ana@example.com' },
        custom_attributes: { plan: 'gold' },
      },
    ]);
  });

  it('users.merge leaves the one to keep', async () => {
    await braze.users.track({
      attributes: [
        { ...ana, first_name: 'Ana' },
        { external_id: 'ben', first_name: 'Ben', home_city: 'Porto' },
      ],
    });
    const answer = await braze.users.merge({
      merge_updates: [{ identifier_to_merge: { external_id: 'ben' }, identifier_to_keep: ana }],
    });
    assert.deepEqual(answer, { message: 'success' });
    assert.deepEqual(profiles(), [{ ...ana, standard: { first_name: 'Ana', home_city: 'Porto' } }]);
  });

  it('users.delete counts who is deleted', async () => {
    await trackTwo();
    const answer = await braze.users.delete({ external_ids: ['ana'] });
    assert.equal(answer.deleted, 1);
    assert.deepEqual(
      workspace.emulator.profiles().map((profile) => profile.user_aliases),
      [[alias]],
    );
  });

  it('users.export.ids tells what is on a profile, and which ids are nobody', async () => {
    await trackTwo();
    await braze.users.track({ events: [{ ...ana, name: 'opened', time }] });
    const { message, users, invalid_user_ids } = await braze.users.export.ids({
      external_ids: ['ana', 'nobody'],
      fields_to_export: ['external_id', 'first_name', 'email', 'custom_attributes', 'custom_events'],
    });
    assert.equal(message, 'success');
    assert.deepEqual(invalid_user_ids, ['nobody']);
    assert.equal(users.length, 1);
    const [user] = users;
    assert.equal(user?.external_id, 'ana');
    assert.equal(user.first_name, 'Ana');
    assert.equal(user.email, undefined);
    assert.deepEqual(
      user.custom_events?.map(({ name, count }) => ({ name, count })),
      [{ name: 'opened', count: 1 }],
    );
  });

  it('users.export.ids finds by alias', async () => {
    await trackTwo();
    const { users } = await braze.users.export.ids({
      user_aliases: [alias],
      fields_to_export: ['user_aliases', 'email', 'custom_attributes'],
    });
    assert.deepEqual(users, [
      { user_aliases: [alias], email: 'ana@example.com', custom_attributes: { plan: 'gold' } },
    ]);
  });

  it('canvas.trigger.send enters a Canvas, with the properties under their older name', async () => {
    await trackTwo();
    const answer = await braze.canvas.trigger.send({
      canvas_id: CANVAS,
      canvas_entry_properties: { code: 'SPRING' },
      recipients: [{ external_user_id: 'ana' }, { external_user_id: 'nobody' }],
    });
    assert.equal(answer.message, 'success');
    assert.match(answer.dispatch_id, /^[0-9a-f]{32}$/);
    const entries = workspace.emulator.profiles().map((profile) => profile.canvas_entries);
    assert.deepEqual(entries, [
      [
        {
          canvas_id: CANVAS,
          dispatch_id: answer.dispatch_id,
          time: new Date(NOW).toISOString(),
          context: { code: 'SPRING' },
        },
      ],
      [],
    ]);
  });

  it('canvas.trigger.send resolves with a notice for a paused Canvas, and nobody enters', async () => {
    await trackTwo();
    const answer = await braze.canvas.trigger.send({
      canvas_id: PAUSED_CANVAS,
      recipients: [{ external_user_id: 'ana' }],
    });
    assert.equal(answer.message, 'success');
    assert.match((answer as { notice?: string }).notice ?? '', /paused/);
    assert.ok(workspace.emulator.profiles().every((profile) => profile.canvas_entries.length === 0));
  });

  it('campaigns.trigger.send sends, writes attributes first, and may make a profile', async () => {
    const answer = await braze.campaigns.trigger.send({
      campaign_id: CAMPAIGN,
      trigger_properties: { code: 'SPRING' },
      recipients: [
        { external_user_id: 'ana', send_to_existing_only: false, attributes: { first_name: 'Ana' } },
        { external_user_id: 'nobody' },
      ],
    });
    assert.equal(answer.message, 'success');
    assert.deepEqual(profiles(), [
      {
        ...ana,
        standard: { first_name: 'Ana' },
        campaign_sends: [
          {
            campaign_id: CAMPAIGN,
            dispatch_id: answer.dispatch_id,
            time: new Date(NOW).toISOString(),
            trigger_properties: { code: 'SPRING' },
          },
        ],
      },
    ]);
  });

  it('subscription.status.set sets the state of a group', async () => {
    await trackTwo();
    const state = { subscription_group_id: GROUP, subscription_state: 'subscribed' } as const;
    // The package's types want an address beside the id; it is not looked at, and changes nothing.
    const answer = await braze.subscription.status.set({
      ...state,
      external_id: ['ana'],
      email: ['other@example.com'],
    });
    assert.deepEqual(answer, { message: 'success' });
    assert.deepEqual(
      workspace.emulator.profiles().map((profile) => profile.standard['subscription_groups']),
      [[state], undefined],
    );
    assert.equal(workspace.emulator.profiles()[0]?.standard['email'], undefined);
  });
});

/** Every endpoint of the package that the emulator has: a call that the emulator takes, and one that it refuses. */
const calls: Readonly<
  Record<
    string,
    {
      readonly send: (client: Braze) => Promise<unknown>;
      readonly sendBad: (client: Braze) => Promise<unknown>;
      readonly message: string | RegExp;
    }
  >
> = {
  'users.track': {
    send: (client) => client.users.track({ attributes: [ana] }),
    sendBad: (client) => client.users.track({}),
    message: noData,
  },
  'users.alias.new': {
    send: (client) => client.users.alias.new({ user_aliases: [alias] }),
    sendBad: (client) =>
      client.users.alias.new({
        user_aliases: Array.from({ length: 51 }, (_, index) => ({ ...alias, alias_name: `v-${index}` })),
      }),
    message: /./,
  },
  'users.identify': {
    send: (client) => client.users.identify({ aliases_to_identify: [{ ...ana, user_alias: alias }] }),
    sendBad: (client) =>
      client.users.identify({
        emails_to_identify: [
          { ...ana, email: 'ana@example.com', prioritization: ['identified', 'unidentified'] },
        ],
      }),
    message: /prioritization/,
  },
  'users.merge': {
    send: (client) =>
      client.users.merge({
        merge_updates: [{ identifier_to_merge: ana, identifier_to_keep: { external_id: 'ben' } }],
      }),
    sendBad: (client) =>
      client.users.merge({
        merge_updates: Array.from({ length: 51 }, () => ({
          identifier_to_merge: ana,
          identifier_to_keep: { external_id: 'ben' },
        })),
      }),
    message: 'a single request may not contain more than 50 merge updates',
  },
  'users.delete': {
    send: (client) => client.users.delete({ external_ids: ['ana'] }),
    sendBad: (client) => client.users.delete({ external_ids: ['ana'], user_aliases: [alias] }),
    message: /./,
  },
  'users.export.ids': {
    send: (client) => client.users.export.ids({ external_ids: ['ana'], fields_to_export: ['external_id'] }),
    sendBad: (client) => client.users.export.ids({ external_ids: ['ana'] }),
    message: /fields_to_export/,
  },
  'canvas.trigger.send': {
    send: (client) =>
      client.canvas.trigger.send({ canvas_id: CANVAS, recipients: [{ external_user_id: 'ana' }] }),
    sendBad: (client) => client.canvas.trigger.send({ canvas_id: CANVAS, recipients: [] }),
    message: 'No Recipients',
  },
  'campaigns.trigger.send': {
    send: (client) =>
      client.campaigns.trigger.send({ campaign_id: CAMPAIGN, recipients: [{ external_user_id: 'ana' }] }),
    sendBad: (client) =>
      client.campaigns.trigger.send({ campaign_id: CANVAS, recipients: [{ external_user_id: 'ana' }] }),
    message: 'Invalid Campaign ID',
  },
  'subscription.status.set': {
    send: (client) =>
      client.subscription.status.set({
        subscription_group_id: GROUP,
        subscription_state: 'subscribed',
        external_id: ['ana'],
        email: ['ana@example.com'],
      }),
    sendBad: (client) =>
      client.subscription.status.set({
        subscription_group_id: 'news',
        subscription_state: 'subscribed',
        external_id: ['ana'],
        email: ['ana@example.com'],
      }),
    message: /subscription_group_id/,
  },
};

for (const [name, { send, sendBad, message }] of Object.entries(calls)) {
  describe(`braze-api, ${name}`, () => {
    it('resolves', async () => {
      await assert.doesNotReject(send(braze));
    });

    it('rejects what is not valid, with the text and 400', async () => {
      await assert.rejects(sendBad(braze), { status: 400, message });
      assert.deepEqual(profiles(), []);
    });

    it('rejects a wrong key with 401', async () => {
      await assert.rejects(send(new Braze(workspace.url, 'wrong')), {
        status: 401,
        message: 'Invalid API Key',
      });
      assert.deepEqual(profiles(), []);
    });

    it('rejects with 429 over the limit, and resolves after it', async () => {
      workspace.emulator.setFault({ kind: 'status', status: 429, times: 1 });
      await assert.rejects(send(braze), { status: 429, message: 'Rate Limited' });
      await assert.doesNotReject(send(braze));
    });
  });
}

describe('braze-api, where all is not well', () => {
  it('rejects with the errors where nothing is valid', async () => {
    await assert.rejects(braze.users.track({ attributes: [{ first_name: 'Nobody' }] }), {
      status: 400,
      message: noData,
      errors: [{ type: noIdentifier, input_array: 'attributes', index: 0 }],
    });
  });

  it('rejects a key without the permission with 403', async () => {
    const client = new Braze(workspace.url, KEY_WITHOUT_TRACK);
    await assert.rejects(client.users.track({ attributes: [ana] }), {
      status: 403,
      message: 'Access Denied',
    });
    assert.deepEqual(profiles(), []);
  });

  it('rejects an endpoint that the emulator does not have with 404', async () => {
    await assert.rejects(braze.messages.send({ external_user_ids: ['ana'], messages: {} }), {
      status: 404,
      message: 'Not Found',
    });
  });

  it('rejects a base address that ends with a slash', async () => {
    await assert.rejects(new Braze(`${workspace.url}/`, KEY).users.track({ attributes: [ana] }), {
      status: 404,
    });
    assert.deepEqual(profiles(), []);
  });

  it('rejects an answer that is lost, though the request was processed', async () => {
    workspace.emulator.setFault({ kind: 'lost', times: 1 });
    await assert.rejects(braze.users.track({ attributes: [ana] }), { name: 'FetchError' });
    assert.deepEqual(profiles(), [ana]);
  });
});
