/**
 * Who a visitor is, from the page to the profile at Braze: journeys of people in real browsers, with the relay and the emulator, and how
 * each of them ends.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { generateKeyPair } from 'jose';
import type { Browser } from 'puppeteer-core';
import type { Profile } from '../../demo/braze/emulator.ts';
import { WORDS_FLOW } from '../crash/browser-flow.ts';
import { SANDBOX_KEY } from '../server/relay-fixture.ts';
import { call, equip, hasNoted, isAsked, PEM, say, sign } from './machine.ts';
import { openWordsBrand, type WordsBrand } from './outbox-brand.ts';
import { openBrowser, Visitor } from './visitor.ts';

const PERMISSIONS = ['users.track', 'users.identify', 'users.merge', 'users.export.ids', 'users.delete'];

/** Milliseconds after which nothing of an erased visitor is under way at Braze. */
const SETTLED = 11 * 60_000;

interface Scene {
  readonly brand: WordsBrand;
  readonly visitor: Visitor;
  /** Paths, with their method, that get no further than the browser. */
  readonly cut: Set<string>;
  /** Somebody's other browser, on the page. */
  readonly anotherBrowser: () => Promise<Visitor>;
  readonly isAtBraze: (...words: readonly string[]) => Promise<unknown>;
  /** So much later that what is to be done at Braze about who was erased is done. */
  readonly isSettled: () => Promise<void>;
}

interface Journey {
  readonly name: string;
  /** Of the site, beside whose word is taken for who is signed in. */
  readonly site?: object;
  readonly flow?: typeof WORDS_FLOW;
  /** What Braze knows from elsewhere, beside a customer whom none of this is about. */
  readonly known?: readonly object[];
  readonly go: (scene: Scene) => Promise<void>;
  /** The profiles at Braze, sorted, and what was told of each: by its `external_id`, else its e-mail address, else its alias. */
  readonly ends: readonly string[];
}

/** Of a page that has Braze's Web SDK: nobody has told it who this is. */
const DEVICE = {
  user_alias: { alias_name: 'device', alias_label: 'web_sdk' },
  _update_existing_only: false,
  home_city: 'Keswick',
};
const ADA = { external_id: 'ada', first_name: 'Augusta', email: 'ada@example.com' };
const ERASURE = { erasure: { delete: true, event: 'please_erase' } };

/** Its second question is for an e-mail address. */
const EMAIL_FLOW = {
  ...WORDS_FLOW,
  nodes: {
    ...WORDS_FLOW.nodes,
    ask_2: { type: 'ask', field: 'word_2', input: 'email', text: 'Word 2?', next: 'save_2' },
  },
};
const BY_EMAIL = { profile: { by: 'email', field: 'word_2' } };

const JOURNEYS: readonly Journey[] = [
  {
    name: 'anonymous to the end',
    go: async ({ visitor, isAtBraze }) => {
      await say(visitor, 1, 'Ash');
      await say(visitor, 2, 'Birch');
      await isAtBraze('Ash', 'Birch');
    },
    ends: ['visitor: Ash, Birch'],
  },
  {
    name: 'anonymous, then signed in',
    go: async ({ visitor, isAtBraze }) => {
      await say(visitor, 1, 'Ash');
      await call(visitor, 'identify', await sign('ada'));
      await hasNoted(visitor, 'verified');
      await say(visitor, 2, 'Birch');
      await isAtBraze('Ash', 'Birch');
    },
    ends: ['ada: Ash, Birch'],
  },
  {
    name: 'signed in from the start',
    go: async ({ visitor, isAtBraze }) => {
      await call(visitor, 'identify', await sign('ada'));
      await say(visitor, 1, 'Ash');
      await visitor.reload();
      // The next page says nothing of it.
      await say(visitor, 2, 'Birch');
      await isAtBraze('Ash', 'Birch');
    },
    ends: ['ada: Ash, Birch'],
  },
  {
    name: 'two browsers of one person',
    go: async ({ visitor, anotherBrowser, isAtBraze }) => {
      await say(visitor, 1, 'Ash');
      const phone = await anotherBrowser();
      await say(phone, 1, 'Oak');
      for (const each of [visitor, phone]) {
        await call(each, 'identify', await sign('ada'));
        await hasNoted(each, 'verified');
      }
      await say(visitor, 2, 'Birch');
      await isAtBraze('Birch');
      await say(phone, 2, 'Pine');
      await isAtBraze('Ash', 'Oak', 'Pine');
    },
    ends: ['ada: Ash, Oak, Birch, Pine'],
  },
  {
    name: 'a wrong token: they stay who they were, and the customer whom it names hears nothing',
    known: [ADA],
    go: async ({ visitor, isAtBraze }) => {
      const { privateKey } = await generateKeyPair('ES256');
      await say(visitor, 1, 'Ash');
      await call(visitor, 'identify', await sign('ada', privateKey));
      await hasNoted(visitor, 'identity invalid');
      await call(visitor, 'identify', await sign('ada', undefined, '-1 hour'));
      await hasNoted(visitor, 'identity expired');
      await say(visitor, 2, 'Birch');
      await isAtBraze('Ash', 'Birch');
    },
    ends: ['ada:', 'visitor: Ash, Birch'],
  },
  {
    name: 'a second person at the same machine',
    go: async ({ visitor, isAtBraze }) => {
      await call(visitor, 'identify', await sign('ada'));
      await say(visitor, 1, 'Ash');
      await call(visitor, 'identify', await sign('byron'));
      await isAsked(visitor, 'Ash');
      await say(visitor, 1, 'Birch');
      await isAtBraze('Ash', 'Birch');
    },
    ends: ['ada: Ash', 'byron: Birch'],
  },
  {
    name: 'logout with something unsent: it goes out as theirs, and who comes next is nobody yet',
    go: async ({ visitor, cut, isAtBraze }) => {
      await call(visitor, 'identify', await sign('ada'));
      await say(visitor, 1, 'Ash');
      await isAtBraze('Ash');
      cut.add('POST /v1/submissions');
      await say(visitor, 2, 'Birch');
      await call(visitor, 'logout');
      await isAsked(visitor, 'Ash');
      cut.clear();
      await visitor.reload();
      await say(visitor, 1, 'Oak');
      await isAtBraze('Birch', 'Oak');
    },
    ends: ['ada: Ash, Birch', 'visitor: Oak'],
  },
  {
    name: 'profiles by e-mail: what came before the address is on it, too',
    site: BY_EMAIL,
    flow: EMAIL_FLOW,
    go: async ({ visitor, isAtBraze }) => {
      await say(visitor, 1, 'Ash');
      await say(visitor, 2, 'grace@example.com');
      await say(visitor, 3, 'Birch');
      await isAtBraze('Ash', 'grace@example.com', 'Birch');
    },
    ends: ['grace@example.com: Ash, grace@example.com, Birch'],
  },
  {
    name: 'profiles by e-mail, then signed in: the conversation goes on, and whose address it was keeps theirs',
    site: BY_EMAIL,
    flow: EMAIL_FLOW,
    known: [{ email: 'grace@example.com', home_city: 'Keswick' }],
    go: async ({ visitor, isAtBraze }) => {
      await say(visitor, 1, 'Ash');
      await say(visitor, 2, 'grace@example.com');
      await isAtBraze('Ash', 'grace@example.com');
      await call(visitor, 'identify', await sign('ada'));
      await hasNoted(visitor, 'verified');
      await say(visitor, 3, 'Birch');
      await isAtBraze('Birch');
    },
    ends: ['grace@example.com: Ash, grace@example.com', 'ada: Birch'],
  },
  {
    name: 'profiles by e-mail, in two browsers, and a customer has the address: no second one is made',
    site: BY_EMAIL,
    flow: EMAIL_FLOW,
    known: [ADA],
    go: async ({ visitor, anotherBrowser, isAtBraze }) => {
      await say(visitor, 1, 'Ash');
      await say(visitor, 2, 'ada@example.com');
      await isAtBraze('Ash', 'ada@example.com');
      const phone = await anotherBrowser();
      await say(phone, 1, 'Oak');
      await say(phone, 2, 'ada@example.com');
      await say(phone, 3, 'Pine');
      await isAtBraze('Oak', 'Pine');
    },
    // Both have given it.
    ends: ['ada: Ash, ada@example.com, Oak, ada@example.com, Pine'],
  },
  {
    name: 'an address that is typed, where profiles are not known by it: the customer who has it hears nothing',
    flow: EMAIL_FLOW,
    known: [ADA],
    go: async ({ visitor, isAtBraze }) => {
      await say(visitor, 1, 'Ash');
      await say(visitor, 2, 'ada@example.com');
      await isAtBraze('Ash', 'ada@example.com');
    },
    ends: ['ada:', 'visitor: Ash, ada@example.com'],
  },
  {
    name: 'an alias beside the Web SDK’s profile, anonymous at both: two, and neither is lost',
    known: [DEVICE],
    go: async ({ visitor, isAtBraze }) => {
      await say(visitor, 1, 'Ash');
      await isAtBraze('Ash');
    },
    ends: ['device:', 'visitor: Ash'],
  },
  {
    name: 'an alias beside the Web SDK’s profile, signed in at both: one, and what Braze knew holds',
    known: [ADA],
    go: async ({ visitor, isAtBraze }) => {
      await say(visitor, 1, 'Ash');
      await call(visitor, 'identify', await sign('ada'));
      await hasNoted(visitor, 'verified');
      await say(visitor, 2, 'Birch');
      await isAtBraze('Ash', 'Birch');
    },
    ends: ['ada: Ash, Birch'],
  },
  {
    name: 'an anonymous visitor is forgotten: their profile goes, and who comes next has another',
    site: ERASURE,
    go: async ({ visitor, isAtBraze, isSettled }) => {
      await say(visitor, 1, 'Ash');
      await isAtBraze('Ash');
      assert.equal(await call(visitor, 'forget'), '');
      await isAsked(visitor, 'Ash');
      await say(visitor, 1, 'Birch');
      await isAtBraze('Birch');
      await isSettled();
    },
    ends: ['visitor: Birch'],
  },
  {
    name: 'a visitor who was joined is forgotten: the customer stays, and the brand hears of it',
    site: ERASURE,
    known: [ADA],
    go: async ({ visitor, isAtBraze, isSettled }) => {
      await say(visitor, 1, 'Ash');
      await call(visitor, 'identify', await sign('ada'));
      await hasNoted(visitor, 'verified');
      await say(visitor, 2, 'Birch');
      await isAtBraze('Ash', 'Birch');
      assert.equal(await call(visitor, 'forget'), '');
      await isSettled();
    },
    ends: ['ada: Ash, Birch, please_erase'],
  },
  {
    name: 'a stranger gives a customer’s address and is forgotten, where profiles are known by it: the customer stays',
    site: { ...ERASURE, ...BY_EMAIL },
    flow: EMAIL_FLOW,
    known: [ADA],
    go: async ({ visitor, isAtBraze, isSettled }) => {
      await say(visitor, 1, 'Ash');
      await say(visitor, 2, 'ada@example.com');
      await isAtBraze('Ash', 'ada@example.com');
      assert.equal(await call(visitor, 'forget'), '');
      await isSettled();
    },
    ends: ['ada: Ash, ada@example.com, please_erase'],
  },
];

const CUSTOMER = { external_id: 'customer', email: 'customer@example.com', first_name: 'Charles' };

const nameOf = ({ external_id: id, standard, user_aliases: [alias] }: Profile) =>
  id ??
  (typeof standard['email'] === 'string' ? standard['email'] : undefined) ??
  (alias?.alias_label.startsWith('parley-') ? 'visitor' : alias?.alias_name);

/** What was said, and other events by their names. */
const toldOf = ({ events }: Profile) =>
  events.map(({ name, properties }) => (name === 'word_said' ? String(properties['word']) : name));

describe('who a visitor is at Braze', () => {
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());

  for (const { name, site, flow = WORDS_FLOW, known = [], go, ends } of JOURNEYS) {
    it(name, async () => {
      let ahead = 0;
      const clock = () => Date.now() + ahead;
      const brand = await openWordsBrand({ identity: { keys: [PEM] }, ...site }, { flows: [flow], clock });
      const { emulator } = brand;
      emulator.addKey({ key: SANDBOX_KEY, permissions: PERMISSIONS });
      const cut = new Set<string>();
      const people: Visitor[] = [];
      const anotherBrowser = async () => {
        const visitor = await Visitor.arrive(browser);
        people.push(visitor);
        await equip(visitor, cut);
        await visitor.visit(brand.url);
        await visitor.hears('Word 1?');
        return visitor;
      };
      let customers: readonly Profile[];
      try {
        await emulator.app.request('/users/track', {
          method: 'POST',
          headers: { authorization: `Bearer ${SANDBOX_KEY}`, 'content-type': 'application/json' },
          body: JSON.stringify({ attributes: [CUSTOMER, ...known] }),
        });
        emulator.settle();
        customers = emulator.profiles();
        assert.equal(customers.length, 1 + known.length);

        await go({
          brand,
          visitor: await anotherBrowser(),
          cut,
          anotherBrowser,
          isAtBraze: (...words) =>
            emulator.until(() => words.every((word) => emulator.profiles().flatMap(toldOf).includes(word))),
          async isSettled() {
            ahead += SETTLED;
            await brand.logged(({ event }) => event === 'erasure_settled');
          },
        });
      } finally {
        for (const each of people) await each.leave();
        // What is under way arrives, also what should not.
        await brand.close();
      }

      emulator.settle();
      const profiles = emulator.profiles();
      const found = profiles.map((each) => `${nameOf(each)}: ${toldOf(each).join(', ')}`.trim());
      assert.deepEqual(found.sort(), ['customer:', ...ends].sort());
      // No customer is gone, or has lost or changed what Braze knew.
      for (const { braze_id: id, external_id, standard } of customers) {
        const now = profiles.find((each) => each.braze_id === id);
        assert.ok(now, `${external_id} is gone`);
        assert.deepEqual({ ...now.standard, ...standard }, now.standard);
        assert.equal(now.external_id, external_id);
      }
    });
  }
});
