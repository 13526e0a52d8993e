/** `/users/alias/new`: aliases for users who are known, and users who have nothing but an alias. */
import { alias, ana, attributes, pages, testEach, to, type Case } from './cases.ts';
import { startWorkspace } from './workspace.ts';

const workspace = await startWorkspace();

const path = '/users/alias/new';
const page = pages.aliases;
const aliases = (...objects: readonly unknown[]): unknown => ({ user_aliases: objects });
const processed = (count: number): unknown => ({ aliases_processed: count, message: 'success' });
const crm = { alias_name: '17', alias_label: 'crm' };
const lifecycle = 'user_guide/data/user_data_collection/user_profile_lifecycle';

const cases: readonly Case[] = [
  {
    fact: 'without an external_id a user is created who has nothing but the alias',
    page,
    send: aliases(alias),
    answer: processed(1),
    profiles: [{ user_aliases: [alias] }],
  },
  {
    fact: 'with an external_id the user gets the alias',
    page,
    given: [attributes(ana)],
    send: aliases({ ...ana, ...alias }),
    answer: processed(1),
    profiles: [{ ...ana, user_aliases: [alias] }],
  },
  {
    fact: 'an external_id that nobody has is not added, and counts as processed',
    page,
    send: aliases({ ...ana, ...alias }),
    answer: processed(1),
    profiles: [],
  },
  {
    fact: 'an external_id that is null is a mistake, and makes no user who has nothing but the alias',
    page: pages.attributes,
    path,
    send: aliases({ external_id: null, ...alias }),
    status: 400,
    answer: { message: "user_aliases[0]: 'external_id' must be a string that is not empty" },
    profiles: [],
  },
  {
    fact: 'several in one request, each for itself',
    page,
    given: [attributes(ana)],
    send: aliases({ ...ana, ...alias }, { ...ana, ...crm }, { alias_name: 'v-2', alias_label: 'parley' }),
    answer: processed(3),
    profiles: [
      { ...ana, user_aliases: [alias, crm] },
      { user_aliases: [{ alias_name: 'v-2', alias_label: 'parley' }] },
    ],
  },
  {
    fact: 'a user has one name for a label: the first stays',
    page: lifecycle,
    given: [attributes(ana), to(path, aliases({ ...ana, ...alias }))],
    send: aliases({ ...ana, ...alias, alias_name: 'v-2' }),
    answer: processed(1),
    profiles: [{ ...ana, user_aliases: [alias] }],
  },
  {
    fact: 'an alias is that of one user: whoever has it keeps it',
    page: lifecycle,
    given: [attributes(ana), to(path, aliases(alias))],
    send: aliases({ ...ana, ...alias }),
    answer: processed(1),
    profiles: [ana, { user_aliases: [alias] }],
  },
  {
    fact: 'the same alias again makes no second user',
    page: lifecycle,
    given: [to(path, aliases(alias))],
    send: aliases(alias, alias),
    answer: processed(2),
    profiles: [{ user_aliases: [alias] }],
  },
  {
    fact: 'names are case-sensitive: another spelling is another user',
    page: lifecycle,
    given: [to(path, aliases(alias))],
    send: aliases({ ...alias, alias_name: 'V-1' }),
    profiles: [{ user_aliases: [alias] }, { user_aliases: [{ ...alias, alias_name: 'V-1' }] }],
  },
  {
    fact: 'attributes reach a user by a new alias',
    page,
    given: [attributes(ana), to(path, aliases({ ...ana, ...alias }))],
    send: attributes({ user_alias: alias, first_name: 'Ana' }),
    path: '/users/track',
    profiles: [{ ...ana, user_aliases: [alias], standard: { first_name: 'Ana' } }],
  },
  {
    fact: '50 aliases are taken',
    page,
    send: aliases(...Array.from({ length: 50 }, (_, index) => ({ ...alias, alias_name: String(index) }))),
    answer: processed(50),
  },
  {
    fact: 'more than 50 aliases are refused',
    page: pages.errors,
    send: aliases(...Array.from({ length: 51 }, (_, index) => ({ ...alias, alias_name: String(index) }))),
    status: 400,
    answer: { message: 'The max number of external_ids and aliases per request was exceeded' },
    profiles: [],
  },
  {
    fact: 'one alias without a label, and the whole request is refused',
    page,
    send: aliases(alias, { alias_name: '17' }),
    status: 400,
    answer: {
      message: "user_aliases[1]: 'alias_name' and 'alias_label' must be strings that are not empty",
    },
    profiles: [],
  },
  {
    fact: 'an external_id that is no string is refused',
    page,
    send: aliases({ external_id: 17, ...alias }),
    status: 400,
    answer: { message: "user_aliases[0]: 'external_id' must be a string that is not empty" },
  },
  {
    fact: 'user_aliases must be an array',
    page,
    send: { user_aliases: alias },
    status: 400,
    answer: { message: "'user_aliases' must be an array" },
  },
  {
    fact: 'no alias at all is refused',
    page,
    send: aliases(),
    status: 400,
    answer: { message: "'user_aliases' must not be empty" },
  },
];

testEach(
  workspace,
  cases.map((each) => ({ path, ...each })),
);
