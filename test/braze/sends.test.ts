/** Triggered sends: who enters a Canvas, who is sent a campaign, and what that leaves on the profiles. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alias, ana, attributes, essence, pages, time, type Case } from './cases.ts';
import { KEY_WITHOUT_TRACK, NOW, startWorkspace } from './workspace.ts';

const states = [
  { id: 'welcome' },
  { id: 'resting', state: 'paused' },
  { id: 'retired', state: 'archived' },
] as const;

const workspace = await startWorkspace({
  canvases: states,
  campaigns: states,
  blocklist: { attributes: ['secret'], events: [] },
});

const GROUP = '5b6a4978-8695-4a4b-a3b2-c1d0e0f91f2e';

/** One of the two endpoints, in the words of its requests and of what it leaves. */
interface Kind {
  readonly path: string;
  readonly page: string;
  readonly idName: string;
  /** What the object that messages are made with is called. */
  readonly properties: string;
  readonly unknownId: string;
  /** In the notices. */
  readonly noun: string;
  /** What a profile has that got these. */
  readonly got: (...properties: readonly unknown[]) => object;
}

const canvas: Kind = {
  path: '/canvas/trigger/send',
  page: pages.canvas,
  idName: 'canvas_id',
  properties: 'context',
  unknownId: 'Invalid Canvas ID',
  noun: 'Canvas',
  got: (...properties) => ({
    canvas_entries: properties.map((context) => ({ canvas_id: 'welcome', context })),
  }),
};

const campaign: Kind = {
  path: '/campaigns/trigger/send',
  page: pages.campaign,
  idName: 'campaign_id',
  properties: 'trigger_properties',
  unknownId: 'Invalid Campaign ID',
  noun: 'campaign',
  got: (...properties) => ({
    campaign_sends: properties.map((given) => ({ campaign_id: 'welcome', trigger_properties: given })),
  }),
};

interface SendCase extends Pick<Case, 'fact' | 'page' | 'given' | 'profiles'> {
  readonly send: object;
  /** The text of the 400; none where the request is accepted. */
  readonly refusal?: string;
  /** In the answer to what is accepted and not sent. */
  readonly notice?: string;
}

const anaAgain = { external_user_id: 'ana' };
const noPerson = "exactly one of 'external_user_id', 'user_alias' or 'email' is required";
const badPrioritization =
  "'prioritization' must be an array of identified or unidentified, and most_recently_updated or least_recently_updated";
const shared = 'two@example.com';
const twoWithOneAddress = attributes(
  { ...ana, email: shared },
  { user_alias: alias, email: shared, _update_existing_only: false },
);
const people = (count: number): { external_user_id: string }[] =>
  Array.from({ length: count }, (_, index) => ({ external_user_id: `person-${String(index)}` }));

/** An object that is so many bytes long as JSON. */
const sized = (bytes: number): { text: string } => ({ text: 'x'.repeat(bytes - '{"text":""}'.length) });

function recipientCases({ page, idName, properties, got }: Kind): readonly SendCase[] {
  const to = (...recipients: readonly unknown[]): object => ({ [idName]: 'welcome', recipients });
  return [
    {
      fact: 'reaches a known external_user_id',
      page,
      given: [attributes(ana, { external_id: 'ben' })],
      send: to(anaAgain),
      profiles: [{ ...ana, ...got({}) }, { external_id: 'ben' }],
    },
    {
      fact: 'reaches a known alias',
      page,
      given: [attributes({ user_alias: alias, _update_existing_only: false })],
      send: to({ user_alias: alias }),
      profiles: [{ user_aliases: [alias], ...got({}) }],
    },
    {
      fact: 'reaches an e-mail address with prioritization',
      page,
      given: [attributes({ ...ana, email: shared })],
      send: to({ email: shared, prioritization: ['identified'] }),
      profiles: [{ ...ana, standard: { email: shared }, ...got({}) }],
    },
    {
      fact: 'reaches the one of several with an address that prioritization leaves',
      page: pages.identify,
      given: [twoWithOneAddress],
      send: to({ email: shared, prioritization: ['unidentified'] }),
      profiles: [
        { ...ana, standard: { email: shared } },
        { user_aliases: [alias], standard: { email: shared }, ...got({}) },
      ],
    },
    {
      fact: 'reaches nobody of several with an address whom prioritization leaves, and is a success',
      page: pages.identify,
      given: [attributes({ ...ana, email: shared }, { external_id: 'ben', email: shared })],
      send: to({ email: shared, prioritization: ['identified'] }),
      profiles: [
        { ...ana, standard: { email: shared } },
        { external_id: 'ben', standard: { email: shared } },
      ],
    },
    {
      fact: 'is a success for an unknown external_user_id, who is not created',
      page: pages.errors,
      send: to(anaAgain),
      profiles: [],
    },
    {
      fact: 'is a success for an unknown alias, who is not created',
      page: pages.campaign,
      send: to({ user_alias: alias, attributes: { first_name: 'Ana' } }),
      profiles: [],
    },
    {
      fact: 'reaches the known ones among unknown ones',
      page: pages.errors,
      given: [attributes(ana)],
      send: to({ external_user_id: 'nobody' }, anaAgain),
      profiles: [{ ...ana, ...got({}) }],
    },
    {
      fact: 'reaches a recipient who is named twice once, as named first',
      page: pages.recipients,
      given: [attributes(ana)],
      send: to(
        { ...anaAgain, [properties]: { name: 'first' } },
        { ...anaAgain, [properties]: { name: 'second' } },
      ),
      profiles: [{ ...ana, ...got({ name: 'first' }) }],
    },
    {
      fact: 'reaches a recipient who is named by external_user_id and by e-mail once',
      page: pages.recipients,
      given: [attributes({ ...ana, email: shared })],
      send: to(anaAgain, { email: shared, prioritization: ['identified'] }),
      profiles: [{ ...ana, standard: { email: shared }, ...got({}) }],
    },
    {
      fact: 'takes 50 recipients',
      page,
      given: [attributes({ external_id: 'person-49' })],
      send: to(...people(50)),
      profiles: [{ external_id: 'person-49', ...got({}) }],
    },
    {
      fact: 'refuses 51 recipients',
      page: pages.errors,
      given: [attributes({ external_id: 'person-0' })],
      send: to(...people(51)),
      refusal: 'The max number of external_ids and aliases per request was exceeded',
      profiles: [{ external_id: 'person-0' }],
    },
    { fact: 'refuses an empty list', page: pages.errors, send: to(), refusal: 'No Recipients' },
    {
      fact: 'refuses recipients that are not an array',
      page: pages.recipients,
      send: { [idName]: 'welcome', recipients: anaAgain },
      refusal: "'recipients' must be an array of objects",
    },
    {
      fact: 'refuses a recipient that is not an object',
      page: pages.recipients,
      send: to('ana'),
      refusal: 'recipients[0]: it must be an object',
    },
    {
      fact: 'refuses a recipient without identifier',
      page,
      send: to({ attributes: { first_name: 'Ana' } }),
      refusal: `recipients[0]: ${noPerson}`,
    },
    {
      fact: 'refuses a recipient with two identifiers',
      page,
      send: to({ ...anaAgain, user_alias: alias }),
      refusal: `recipients[0]: ${noPerson}, not external_user_id and user_alias`,
    },
    {
      fact: 'refuses external_id, which a recipient does not have',
      page,
      send: to(ana),
      refusal: `recipients[0]: ${noPerson}, not external_id`,
    },
    {
      fact: 'refuses braze_id, which the page of the endpoint does not name',
      page,
      send: to({ braze_id: 'f'.repeat(24) }),
      refusal: `recipients[0]: ${noPerson}, not braze_id`,
    },
    {
      fact: 'refuses an external_user_id of more than 987 bytes',
      page: 'user_guide/data/user_data_collection/user_profile_lifecycle',
      send: to({ external_user_id: 'x'.repeat(988) }),
      refusal: "recipients[0]: 'external_user_id' must be 987 bytes or less",
    },
    {
      fact: 'refuses an alias without label',
      page: pages.recipients,
      send: to({ user_alias: { alias_name: 'v-1' } }),
      refusal:
        "recipients[0]: 'user_alias' must be an object with the strings 'alias_name' and 'alias_label'",
    },
    {
      fact: 'refuses an e-mail address without prioritization',
      page,
      send: to({ email: shared }),
      refusal: `recipients[0]: ${badPrioritization}`,
    },
    {
      fact: 'refuses a prioritization that says both of a pair',
      page: pages.identify,
      send: to({ email: shared, prioritization: ['identified', 'unidentified'] }),
      refusal: `recipients[0]: ${badPrioritization}`,
    },
    {
      fact: 'reaches nobody if one of the recipients is not valid',
      page: pages.errors,
      given: [attributes(ana)],
      send: to(anaAgain, {}),
      refusal: `recipients[1]: ${noPerson}`,
      profiles: [ana],
    },
  ];
}

function attributeCases({ page, idName, got }: Kind): readonly SendCase[] {
  const to = (...recipients: readonly unknown[]): object => ({ [idName]: 'welcome', recipients });
  return [
    {
      fact: 'applies attributes of a known recipient',
      page,
      given: [attributes({ ...ana, first_name: 'Anna' })],
      send: to({ ...anaAgain, attributes: { first_name: 'Ana', plan: 'pro' } }),
      profiles: [{ ...ana, standard: { first_name: 'Ana' }, custom_attributes: { plan: 'pro' }, ...got({}) }],
    },
    {
      fact: 'creates an unknown recipient with send_to_existing_only: false, and reaches them',
      page,
      send: to({ ...anaAgain, send_to_existing_only: false, attributes: { first_name: 'Ana' } }),
      profiles: [{ ...ana, standard: { first_name: 'Ana' }, ...got({}) }],
    },
    {
      fact: 'does not create an unknown recipient with attributes by default',
      page,
      send: to({ ...anaAgain, attributes: { first_name: 'Ana' } }),
      profiles: [],
    },
    {
      fact: 'applies attributes to the one whom prioritization leaves',
      page: pages.identify,
      given: [twoWithOneAddress],
      send: to({ email: shared, prioritization: ['unidentified'], attributes: { plan: 'pro' } }),
      profiles: [
        { ...ana, standard: { email: shared } },
        {
          user_aliases: [alias],
          standard: { email: shared },
          custom_attributes: { plan: 'pro' },
          ...got({}),
        },
      ],
    },
    {
      fact: 'drops a blocklisted attribute',
      page: 'user_guide/data/activation/blocklist_custom_data',
      given: [attributes(ana)],
      send: to({ ...anaAgain, attributes: { secret: 1 } }),
      profiles: [{ ...ana, ...got({}) }],
    },
    {
      fact: 'refuses send_to_existing_only: false without attributes',
      page,
      send: to({ ...anaAgain, send_to_existing_only: false }),
      refusal: "recipients[0]: 'attributes' is required when 'send_to_existing_only' is false",
      profiles: [],
    },
    {
      fact: 'refuses send_to_existing_only beside an alias',
      page,
      send: to({ user_alias: alias, send_to_existing_only: false, attributes: { first_name: 'Ana' } }),
      refusal: "recipients[0]: 'send_to_existing_only' can't be used with 'user_alias'",
      profiles: [],
    },
    {
      fact: 'refuses a send_to_existing_only that is not a boolean',
      page,
      send: to({ ...anaAgain, send_to_existing_only: 'false' }),
      refusal: "recipients[0]: 'send_to_existing_only' must be a boolean",
    },
    {
      fact: 'refuses attributes that are not an object',
      page,
      send: to({ ...anaAgain, attributes: [{ first_name: 'Ana' }] }),
      refusal: "recipients[0]: 'attributes' must be an object",
    },
    {
      fact: 'refuses attributes that /users/track would refuse, and reaches nobody',
      page: pages.attributes,
      given: [attributes(ana)],
      send: to({ ...anaAgain, attributes: { email: 'not an address' } }),
      refusal: "recipients[0]: The value provided for the 'email' field is not a valid email.",
      profiles: [ana],
    },
    {
      fact: 'takes the e-mail address among the attributes that the recipient is found by',
      page,
      given: [attributes({ ...ana, email: shared })],
      send: to({
        email: shared,
        prioritization: ['identified'],
        attributes: { email: shared, first_name: 'Ana' },
      }),
      profiles: [{ ...ana, standard: { email: shared, first_name: 'Ana' }, ...got({}) }],
    },
    {
      fact: 'refuses another e-mail address among the attributes than the one of the recipient',
      page,
      given: [attributes({ ...ana, email: shared })],
      send: to({
        email: shared,
        prioritization: ['identified'],
        attributes: { email: 'other@example.com' },
      }),
      refusal: "recipients[0]: 'attributes' cannot have 'email': the recipient says who it is",
      profiles: [{ ...ana, standard: { email: shared } }],
    },
    {
      fact: 'refuses attributes that name somebody',
      page,
      given: [attributes(ana, { external_id: 'ben' })],
      send: to({ ...anaAgain, attributes: { external_id: 'ben', first_name: 'Ana' } }),
      refusal: "recipients[0]: 'attributes' cannot have 'external_id': the recipient says who it is",
      profiles: [ana, { external_id: 'ben' }],
    },
  ];
}

function requestCases({ page, idName, properties, unknownId, noun, got }: Kind): readonly SendCase[] {
  const toAna = (more: object, own: object = {}): object => ({
    [idName]: 'welcome',
    recipients: [{ ...anaAgain, ...own }],
    ...more,
  });
  const stopped = (id: string): object =>
    toAna({ [idName]: id }, { send_to_existing_only: false, attributes: { first_name: 'Ana' } });
  return [
    {
      fact: 'refuses a request without id',
      page,
      send: { recipients: [anaAgain] },
      refusal: `'${idName}' must be a string that is not empty`,
    },
    {
      fact: 'refuses an id that the workspace does not have',
      page: pages.errors,
      given: [attributes(ana)],
      send: toAna({ [idName]: 'unheard-of' }),
      refusal: unknownId,
      profiles: [ana],
    },
    {
      fact: 'sends nothing while paused, and says so',
      page: pages.canvas,
      send: stopped('resting'),
      notice: `The ${noun} is paused. Resume the ${noun} to ensure trigger requests will take effect.`,
      profiles: [],
    },
    {
      fact: 'sends nothing once archived, and says so',
      page: pages.canvas,
      send: stopped('retired'),
      notice: `The ${noun} is archived. Unarchive the ${noun} to ensure trigger requests will take effect.`,
      profiles: [],
    },
    {
      fact: 'gives all recipients the properties of the request',
      page,
      given: [attributes(ana)],
      send: toAna({ [properties]: { product: 'shoes', price: 79.99 } }),
      profiles: [{ ...ana, ...got({ product: 'shoes', price: 79.99 }) }],
    },
    {
      fact: "overrides the properties of the request with the recipient's, key by key",
      page,
      given: [attributes(ana)],
      send: toAna({ [properties]: { a: 1, b: { c: 1 } } }, { [properties]: { b: { d: 2 } } }),
      profiles: [{ ...ana, ...got({ a: 1, b: { d: 2 } }) }],
    },
    {
      fact: 'takes properties of 50 KB',
      page: 'api/objects_filters/context_object',
      given: [attributes(ana)],
      send: toAna({ [properties]: sized(50_000) }),
      profiles: [{ ...ana, ...got(sized(50_000)) }],
    },
    {
      fact: 'refuses properties of more than 50 KB',
      page: 'api/objects_filters/context_object',
      send: toAna({ [properties]: sized(50_001) }),
      refusal: `'${properties}' must be 50 KB or less`,
    },
    {
      fact: 'refuses properties of a recipient that are more than 50 KB together with those of the request',
      page: 'api/objects_filters/context_object',
      send: toAna({ [properties]: { more: 1 } }, { [properties]: sized(50_000) }),
      refusal: `recipients[0]: '${properties}' must be 50 KB or less together with that of the request`,
    },
    {
      fact: 'refuses properties that are not an object',
      page,
      send: toAna({ [properties]: '' }),
      refusal: `'${properties}' must be an object`,
    },
    {
      fact: 'refuses a request without recipients that is no broadcast',
      page: pages.errors,
      given: [attributes(ana)],
      send: { [idName]: 'welcome' },
      refusal: 'No Recipients',
      profiles: [ana],
    },
    {
      fact: 'reaches everyone as a broadcast',
      page,
      given: [attributes(ana, { email: shared })],
      send: { [idName]: 'welcome', broadcast: true, [properties]: { a: 1 } },
      profiles: [
        { ...ana, ...got({ a: 1 }) },
        { standard: { email: shared }, ...got({ a: 1 }) },
      ],
    },
    {
      fact: 'refuses a broadcast with recipients',
      page,
      given: [attributes(ana)],
      send: toAna({ broadcast: true }),
      refusal: "'recipients' can't be included when 'broadcast' is true",
      profiles: [ana],
    },
    {
      fact: 'refuses a broadcast that is not a boolean',
      page,
      send: { [idName]: 'welcome', broadcast: 'true' },
      refusal: "'broadcast' must be a boolean",
    },
    {
      fact: 'refuses an audience, which the emulator cannot apply',
      page,
      given: [attributes(ana)],
      send: toAna({
        audience: { AND: [{ email_subscription_status: { comparison: 'is', value: 'opted_in' } }] },
      }),
      refusal: "The emulator has no segments and cannot apply an 'audience'",
      profiles: [ana],
    },
  ];
}

const toAna = { recipients: [anaAgain] };
const joinsGroup = {
  subscription_groups: [{ subscription_group_id: GROUP, subscription_state: 'subscribed' }],
};

const canvasCases: readonly SendCase[] = [
  {
    fact: 'takes canvas_entry_properties, the older name of context',
    page: 'api/objects_filters/context_object',
    given: [attributes(ana)],
    send: {
      canvas_id: 'welcome',
      canvas_entry_properties: { a: 1 },
      recipients: [{ ...anaAgain, canvas_entry_properties: { b: 2 } }],
    },
    profiles: [{ ...ana, ...canvas.got({ a: 1, b: 2 }) }],
  },
  {
    fact: 'refuses both names of context at once',
    page: 'api/objects_filters/context_object',
    send: { canvas_id: 'welcome', context: {}, canvas_entry_properties: {}, ...toAna },
    refusal: "Only one of 'context' and 'canvas_entry_properties' may be given",
  },
  {
    fact: 'does not take trigger_properties, which are "only supported in campaigns"',
    page: 'api/objects_filters/trigger_properties_object',
    given: [attributes(ana)],
    send: { canvas_id: 'welcome', trigger_properties: { a: 1 }, ...toAna },
    profiles: [{ ...ana, ...canvas.got({}) }],
  },
  {
    fact: 'leaves subscription groups as they are',
    page: pages.canvas,
    given: [attributes(ana)],
    send: {
      canvas_id: 'welcome',
      recipients: [{ ...anaAgain, attributes: { ...joinsGroup, first_name: 'Ana' } }],
    },
    profiles: [{ ...ana, standard: { first_name: 'Ana' }, ...canvas.got({}) }],
  },
];

const file = { file_name: 'Plan', url: 'https://example.com/plan.pdf' };
const badAttachments = "'attachments' must be an array of objects with the strings 'file_name' and 'url'";

const campaignCases: readonly SendCase[] = [
  {
    fact: 'changes subscription groups',
    page: pages.campaign,
    given: [attributes(ana)],
    send: { campaign_id: 'welcome', recipients: [{ ...anaAgain, attributes: joinsGroup }] },
    profiles: [{ ...ana, standard: joinsGroup, ...campaign.got({}) }],
  },
  {
    fact: 'takes a send_id and attachments',
    page: pages.campaign,
    given: [attributes(ana)],
    send: { campaign_id: 'welcome', send_id: 'spring', attachments: [file], ...toAna },
    profiles: [{ ...ana, ...campaign.got({}) }],
  },
  {
    fact: 'refuses a send_id that is not a string',
    page: pages.campaign,
    send: { campaign_id: 'welcome', send_id: 7, ...toAna },
    refusal: "'send_id' must be a string",
  },
  {
    fact: 'refuses an attachment without a name',
    page: pages.campaign,
    send: { campaign_id: 'welcome', attachments: [{ url: file.url }], ...toAna },
    refusal: badAttachments,
  },
  {
    fact: 'refuses an attachment whose URL is none',
    page: pages.campaign,
    send: { campaign_id: 'welcome', attachments: [{ ...file, url: 'plan.pdf' }], ...toAna },
    refusal: badAttachments,
  },
  {
    fact: 'refuses an attachment of more than 2 MB',
    page: pages.campaign,
    send: {
      campaign_id: 'welcome',
      attachments: [{ ...file, url: `data:application/pdf;base64,${'A'.repeat(2_000_000)}` }],
      ...toAna,
    },
    refusal: 'An attachment must be 2 MB or less',
  },
  {
    fact: 'refuses attachments of a broadcast',
    page: pages.campaign,
    given: [attributes(ana)],
    send: { campaign_id: 'welcome', broadcast: true, attachments: [file] },
    refusal: "'attachments' can't be included when 'broadcast' is true",
    profiles: [ana],
  },
];

for (const kind of [canvas, campaign]) {
  testSends(kind, [...recipientCases(kind), ...attributeCases(kind), ...requestCases(kind)]);
}
testSends(canvas, canvasCases);
testSends(campaign, campaignCases);

function testSends({ path }: Kind, cases: readonly SendCase[]): void {
  for (const { fact, page, given = [], send, refusal, notice, profiles } of cases) {
    test(`${path} ${fact} (${page})`, async () => {
      for (const body of given) assert.equal((await workspace.track(body)).status, 201);
      const { status, body } = await workspace.post(path, send);
      if (refusal === undefined) {
        const { dispatch_id: dispatchId, ...told } = body as { dispatch_id: string };
        assert.deepEqual([status, told], [201, { message: 'success', ...(notice && { notice }) }]);
        assert.match(dispatchId, /^[0-9a-f]{32}$/);
        for (const sent of allSent()) assert.equal(sent.dispatch_id, dispatchId);
      } else {
        assert.deepEqual([status, body], [400, { message: refusal }]);
      }
      if (profiles) assert.deepEqual(workspace.emulator.profiles().map(sendless), profiles);
    });
  }
}

interface Sent {
  readonly dispatch_id: string;
  readonly time: string;
}

const allSent = (): readonly Sent[] =>
  workspace.emulator
    .profiles()
    .flatMap((profile) => [...profile.canvas_entries, ...profile.campaign_sends])
    .filter((sent) => 'dispatch_id' in sent);

/** The essence of a profile, without the ids and times of what it was sent. */
function sendless(profile: Parameters<typeof essence>[0]): unknown {
  const bare = ({ dispatch_id: _id, time: _time, ...sent }: Sent): object => sent;
  const {
    canvas_entries: entries,
    campaign_sends: sends,
    ...told
  } = essence(profile) as Partial<Record<string, readonly Sent[]>>;
  return {
    ...told,
    ...(entries && { canvas_entries: entries.map(bare) }),
    ...(sends && { campaign_sends: sends.map(bare) }),
  };
}

for (const { path, page, idName, got } of [canvas, campaign]) {
  test(`${path} has one dispatch_id for all recipients of a request, and another for the next (${page})`, async () => {
    await workspace.track(attributes(ana, { external_id: 'ben' }));
    const both = { [idName]: 'welcome', recipients: [anaAgain, { external_user_id: 'ben' }] };
    const first = await workspace.post(path, both);
    const second = await workspace.post(path, both);
    const ids = [first, second].map(({ body }) => (body as Sent).dispatch_id);
    assert.notEqual(ids[0], ids[1]);
    assert.deepEqual(
      allSent().map((sent) => sent.dispatch_id),
      [...ids, ...ids],
    );
    assert.deepEqual(workspace.emulator.profiles().map(sendless), [
      { ...ana, ...got({}, {}) },
      { external_id: 'ben', ...got({}, {}) },
    ]);
  });

  test(`${path} notes when it was sent (${page})`, async () => {
    await workspace.track(attributes(ana));
    await workspace.post(path, { [idName]: 'welcome', recipients: [anaAgain] });
    assert.deepEqual(
      allSent().map((sent) => sent.time),
      [new Date(NOW).toISOString()],
    );
  });

  test(`${path} asks for a permission of its own (${page})`, async () => {
    const { status } = await workspace.post(
      path,
      { [idName]: 'welcome', recipients: [anaAgain] },
      { headers: { authorization: `Bearer ${KEY_WITHOUT_TRACK}`, 'content-type': 'application/json' } },
    );
    assert.equal(status, 403);
  });
}

test('attributes of a person who is blocked as spam are refused (user_archival)', async () => {
  const names = Array.from({ length: 20_001 }, (_, index) => `event-${String(index)}`);
  for (let sent = 0; sent < names.length; sent += 75) {
    const batch = names.slice(sent, sent + 75);
    await workspace.track({ events: batch.map((name) => ({ ...ana, name, time })) });
  }
  const { status, body } = await workspace.post(campaign.path, {
    campaign_id: 'welcome',
    recipients: [{ ...anaAgain, attributes: { plan: 'pro' } }],
  });
  assert.deepEqual(
    [status, body],
    [400, { message: 'recipients[0]: provided external_id is blacklisted and disallowed' }],
  );
});
