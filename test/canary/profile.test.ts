/**
 * A person of whom every field at Braze has a value that is nowhere else, and flows that read, keep and reveal. Whatever is asked for, by
 * whomever: of all bytes that the relay sends to browsers none has a value that the flow does not reveal, and without a verified identity none
 * has any.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { decodeJwt, generateKeyPair } from 'jose';
import type { Browser } from 'puppeteer-core';
import { builtWidget } from '../built-widget.ts';
import { keptIn } from '../journey/kept.ts';
import { servePage, type PageServer } from '../journey/page-server.ts';
import { openBrowser, Visitor } from '../journey/visitor.ts';
import { PROD_ORIGIN } from '../server/relay-fixture.ts';
import {
  FLOW_ID,
  flowRevealing,
  newConversation,
  raiseProfileScene,
  type ProfileScene,
} from './profile-scene.ts';
import { CANARIES, keptAs, PERSON, REVEALED, type CanaryPath } from './profile-values.ts';
import { formsIn } from './search.ts';
import { tablesIn } from './tables.ts';

const ORIGIN = 'https://staging.canary.example';
const PATHS = Object.keys(CANARIES) as CanaryPath[];

/** Paths of the values that are in any of it, in whatever form. */
const foundIn = (all: readonly (Uint8Array | string)[]): readonly CanaryPath[] =>
  PATHS.filter((path) => all.some((each) => formsIn(each, String(CANARIES[path])).length > 0));

const STRANGE = {
  by_profile: 'stranger',
  card: 'stranger',
  by_kept: 'unknown',
  note: 'by_kept_still',
  by_kept_still: 'unknown_now',
};
const VOUCHED_FOR = {
  by_profile: 'card',
  card: 'golden',
  by_kept: 'known',
  note: 'by_kept_still',
  by_kept_still: 'known_still',
};

describe('what is sent to browsers', () => {
  let scene: ProfileScene;
  before(async () => {
    scene = await raiseProfileScene(ORIGIN);
  });
  after(() => scene[Symbol.asyncDispose]());
  beforeEach(() => void scene.tap.take());

  /** Of a person for whom the brand's backend vouches. */
  const signIn = async () => scene.open({ identity: await scene.sign() });

  it('has of who is verified what the flow reveals, and nothing else', async () => {
    const ways = await scene.goThrough(await signIn(), newConversation());
    assert.deepEqual(ways, VOUCHED_FOR);
    assert.deepEqual(foundIn(scene.tap.take()), REVEALED);
  });

  it('has everything where the flow reveals everything: it would be found', async () => {
    await using open = await raiseProfileScene(ORIGIN, { reveal: PATHS });
    await open.goThrough(await open.open({ identity: await open.sign() }), newConversation());
    assert.deepEqual(foundIn(open.tap.take()), PATHS);
  });

  interface Case {
    readonly name: string;
    /** @returns where each step leads, if it is a conversation */
    readonly go: () => Promise<Readonly<Record<string, string | undefined>> | undefined>;
  }

  const as = async (identity: string, origin = ORIGIN) => {
    const grant = await scene.open({ identity }, origin);
    assert.notEqual(grant.identity, 'verified');
    return scene.goThrough(grant, newConversation(), origin);
  };
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const nextYear = Math.floor(Date.now() / 1_000) + 31_536_000;

  const CASES: readonly Case[] = [
    {
      name: 'a visitor whom nobody vouches for',
      go: async () => scene.goThrough(await scene.open(), newConversation()),
    },
    {
      name: 'who was verified, once the token has run out, in the same conversation',
      async go() {
        const conversation = newConversation();
        const { visitor } = await signIn();
        const verified = await scene.open({ visitor, identity: await scene.sign() });
        await scene.goThrough(verified, conversation);
        scene.tap.take();
        const identity = await scene.sign({ exp: Math.floor(Date.now() / 1_000) - 60 });
        const later = await scene.open({ visitor, identity });
        assert.equal(later.identity, 'expired');
        return scene.goThrough(later, conversation);
      },
    },
    {
      name: 'whoever is at that machine without a word on who it is, in the same conversation',
      async go() {
        const conversation = newConversation();
        const { session, visitor } = await signIn();
        await scene.goThrough({ session }, conversation);
        scene.tap.take();
        return scene.goThrough(await scene.open({ visitor }), conversation);
      },
    },
    {
      name: 'who was anonymous before, by the session of then, in the same conversation',
      async go() {
        const conversation = newConversation();
        const before = await scene.open();
        const signed = await scene.open({ visitor: before.visitor, identity: await scene.sign() });
        await scene.goThrough(signed, conversation);
        scene.tap.take();
        return scene.goThrough(before, conversation);
      },
    },
    {
      name: 'another who is verified, by the id of the conversation',
      async go() {
        const conversation = newConversation();
        await scene.goThrough(await signIn(), conversation);
        scene.tap.take();
        const other = await scene.open({ identity: await scene.sign({ sub: 'somebody-else' }) });
        assert.equal(other.identity, 'verified');
        return scene.goThrough(other, conversation);
      },
    },
    {
      name: 'another who is verified, with the credential of the person',
      async go() {
        const conversation = newConversation();
        const { session, visitor } = await signIn();
        await scene.goThrough({ session }, conversation);
        scene.tap.take();
        const identity = await scene.sign({ sub: 'somebody-else' });
        return scene.goThrough(await scene.open({ visitor, identity }), conversation);
      },
    },
    {
      name: 'who says that they are the person, unsigned',
      go: () => as(`${part({ alg: 'none' })}.${part({ sub: PERSON, exp: nextYear })}.`),
    },
    {
      name: 'who signs that themselves',
      async go() {
        const { privateKey } = await generateKeyPair('ES256', { extractable: true });
        return as(await scene.sign({}, { key: privateKey }));
      },
    },
    {
      name: 'with a token that has run out',
      go: async () => as(await scene.sign({ exp: Math.floor(Date.now() / 1_000) - 60 })),
    },
    {
      name: 'with a token of the other environment',
      go: async () => as(await scene.sign({}, { environment: 'prod' })),
    },
    {
      name: 'who is verified in the other environment, where Braze does not know them',
      async go() {
        const identity = await scene.sign({}, { environment: 'prod' });
        const grant = await scene.open({ identity }, PROD_ORIGIN);
        assert.equal(grant.identity, 'verified');
        return scene.goThrough(grant, newConversation(), PROD_ORIGIN);
      },
    },
    {
      name: 'who comes by a personal link of theirs',
      async go() {
        const link = await scene.entryLink(PERSON);
        const grant = await scene.open();
        await scene.request(`/v1/flows/${FLOW_ID}?entry=${link}`);
        const entry = { link };
        const ways: Record<string, string | undefined> = {};
        const conversation = newConversation();
        for (const [step, node] of Object.keys(STRANGE).entries()) {
          const made = scene.submission(node, { id: `${conversation}.${step}`, entry });
          ways[node] = (await scene.ask(grant, [made]))[0]?.next;
        }
        return ways;
      },
    },
    {
      name: 'who says what was kept',
      async go() {
        const grant = await scene.open();
        const said = {
          kept: { [keptAs('last_name')]: 'x' },
          keptOf: { [keptAs('last_name')]: PERSON },
          profile: { custom_attributes: { tier: 'x' } },
          values: { [keptAs('first_name')]: 'x' },
          isVerified: true,
          externalId: PERSON,
        };
        for (const node of Object.keys(STRANGE)) {
          const made = scene.submission(node);
          assert.equal((await scene.send(grant, [{ ...made, ...said }])).status, 400);
          for (const inside of ['page', 'device', 'visitor', 'entry'])
            await scene.send(grant, [{ ...made, [inside]: { ...made.page, ...said } }]);
          await scene.send(grant, [{ ...made, answers: said }]);
          await scene.send(grant, [made], said);
        }
        return undefined;
      },
    },
    {
      name: 'who asks by a revision that there never was, and in another’s name',
      async go() {
        const grant = await scene.open();
        const revisions = ['r', '', '../x', (await scene.published()).revision];
        for (const revision of revisions)
          for (const node of ['card', 'by_profile', 'by_kept'])
            await scene.send(grant, [scene.submission(node, { revision })]);
        for (const session of ['', 'x.y.z', grant.visitor, await scene.sign()])
          await scene.send({ session }, [scene.submission('card')]);
        return undefined;
      },
    },
  ];
  for (const { name, go } of CASES) {
    it(`has nothing for ${name}`, async () => {
      const ways = await go();
      if (ways) assert.deepEqual(ways, STRANGE);
      assert.deepEqual(foundIn(scene.tap.take()), []);
    });
  }

  it('has for who is verified nothing more, however they ask', async () => {
    const grant = await signIn();
    const { nodes } = await scene.published();
    const answered: number[] = [];
    for (const node of [...Object.keys(nodes), 'none', '__proto__', 'kept', '{{kept.last_name}}']) {
      const made = scene.submission(node, {
        answers: { word: '{{kept.last_name}}', more: '{{profile.email}}' },
      });
      const bodies = [
        [made],
        [made, scene.submission('card', { id: made.id.replace(/\.\d+$/, '.9') })],
        [{ ...made, answers: { unknown: '{{kept.email}}' } }],
        [{ ...made, corrects: made.id }],
        [{ ...made, page: { path: '{{kept.phone}}', tags: ['{{profile.dob}}'] } }],
        [{ ...made, flow: '{{kept.gender}}' }],
        [{ ...made, id: `${made.id}.completed` }],
        { kept: made },
        [null],
      ];
      for (const submissions of bodies)
        answered.push((await scene.send(grant, submissions as readonly unknown[])).status);
    }
    assert.deepEqual(
      [200, 400, 422].filter((status) => !answered.includes(status)),
      [],
    );
    assert.deepEqual(foundIn(scene.tap.take()), REVEALED);
  });

  it('has nothing at any other address', async () => {
    const { session, visitor } = await signIn();
    await scene.goThrough({ session }, newConversation());
    scene.tap.take();
    const authorization = `Bearer ${session}`;
    const link = await scene.entryLink(PERSON);
    for (const path of [
      `/v1/flows/${FLOW_ID}`,
      `/v1/flows/${FLOW_ID}?locale=ja`,
      `/v1/flows/${FLOW_ID}?entry=${link}`,
      '/v1/flows/none',
      '/v1/visitor',
      '/v1/sessions',
      '/openapi.json',
      '/flow.schema.json',
      '/healthz',
      '/readyz',
      '/metrics',
      '/parley.js',
      '/parley.js.map',
      '/none',
      '/..%2fsettings.json',
    ])
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT'])
        await scene.request(path, { method, headers: { authorization } });
    const conversation = newConversation();
    const left = { ...scene.submission('more'), id: `${conversation}.3.abandoned` };
    const depart = async (departure: object) => {
      const sent = new Date().toISOString();
      return (await scene.post('/v1/departures', { visitor, sent, ...departure })).status;
    };
    assert.equal(await depart({ left }), 204);
    assert.equal((await scene.store.stats()).provisional, 1);
    assert.equal(await depart({ left: { ...left, node: '{{kept.email}}' } }), 204);
    assert.equal(await depart({ back: conversation }), 204);
    assert.equal((await scene.store.stats()).provisional, 0);
    await scene.post('/v1/sessions', { visitor, identity: '{{profile.email}}' });
    await scene.post('/v1/sessions', '{"visitor":');
    await scene.post('/v1/withdrawals', { visitor });
    await scene.request('/v1/visitor', { method: 'DELETE', headers: { authorization } });
    const heard = scene.tap.take();
    assert.ok(heard.length > 0);
    assert.deepEqual(foundIn(heard), []);
  });

  it('has of a revision of before what the flow of today reveals, and no more', async () => {
    await using changing = await raiseProfileScene(ORIGIN, { reveal: ['first_name', 'phone'] });
    const { revision } = await changing.published();
    const grant = await changing.open({ identity: await changing.sign() });
    const asked = () => changing.ask(grant, [changing.submission('card', { revision })]);
    await asked();
    assert.deepEqual(foundIn(changing.tap.take()), ['first_name', 'phone']);
    await changing.reveal(['first_name', 'email']);
    await asked();
    assert.deepEqual(foundIn(changing.tap.take()), ['first_name']);
  });

  it('is kept for whom it is of alone, also where it is written and no browser sees it', async () => {
    const conversation = newConversation();
    const { session, visitor } = await signIn();
    await scene.goThrough({ session }, conversation);
    const sub = `somebody-${crypto.randomUUID()}`;
    const other = await scene.open({ visitor, identity: await scene.sign({ sub }) });
    await scene.goThrough(other, conversation);
    await scene.ask(await scene.open({ visitor }), [
      scene.submission('note', { id: `${conversation}.9`, answers: { word: 'later' } }),
    ]);
    const citiesOf = (id: string) =>
      scene.braze
        .profiles('sandbox')
        .filter(({ external_id: externalId }) => externalId === id)
        .flatMap(({ events }) => events)
        .filter(({ name }) => name === 'word_said')
        .map(({ properties }) => properties['city']);
    assert.deepEqual(citiesOf(sub), [undefined]);
    const own = citiesOf(PERSON);
    assert.ok(own.includes(CANARIES.home_city));
    assert.equal(own.at(-1), CANARIES.home_city, 'without a token it is theirs still');
  });

  it('is asked for anew once the relay has written for them, or has erased them', async () => {
    const exports = () => scene.braze.journal().filter(({ path }) => path === '/users/export/ids').length;
    const grant = await signIn();
    const decided = async (who = grant) => {
      const before = exports();
      await scene.ask(who, [scene.submission('by_profile')]);
      return exports() - before;
    };
    await scene.ask(grant, [scene.submission('note', { answers: { word: 'marrow' } })]);
    assert.deepEqual([await decided(), await decided()], [1, 0]);
    await scene.ask(grant, [scene.submission('note', { answers: { word: 'pumpkin' } })]);
    assert.deepEqual([await decided(), await decided()], [1, 0]);
    const conversation = newConversation();
    await scene.ask(grant, [scene.submission('card', { id: `${conversation}.1` })]);
    const visitor = decodeJwt(grant.session).sub ?? '';
    const name = `conversation/sandbox/${visitor}/${conversation}`;
    assert.ok(await scene.store.get(name), 'what was kept');
    const again = await signIn();
    assert.equal(await decided(again), 0);
    const authorization = `Bearer ${grant.session}`;
    assert.equal(
      (await scene.request('/v1/visitor', { method: 'DELETE', headers: { authorization } })).status,
      204,
    );
    assert.equal(await scene.store.get(name), undefined);
    assert.equal(await decided(again), 1);
  });

  it('is in the store where docs/privacy.md says so, and is erased with the visitor', async () => {
    await using alone = await raiseProfileScene(ORIGIN);
    const foundInTables = () =>
      Object.fromEntries(
        [...tablesIn(alone.file)].flatMap(([name, rows]) => {
          const found = foundIn([rows]);
          return found.length > 0 ? [[name, found]] : [];
        }),
      );
    const grant = await alone.open({ identity: await alone.sign() });
    await alone.goThrough(grant, newConversation());
    assert.deepEqual(foundInTables(), { named_values: PATHS });
    assert.match(readFileSync('docs/privacy.md', 'utf8'), /`named_values` has it \(`conversation\/…`/);
    const authorization = `Bearer ${grant.session}`;
    await alone.request('/v1/visitor', { method: 'DELETE', headers: { authorization } });
    assert.deepEqual(foundInTables(), {});
  });

  it('has nothing either in the log, and in what the operator sees', async () => {
    const grant = await signIn();
    await scene.goThrough(grant, newConversation());
    // By it the flow is counted: its page has a picture with numbers.
    const { revision } = await scene.published();
    const passed = { since: 0, passings: [{ type: 'shown', node: 'word' }] } as const;
    await scene.ask(grant, [
      scene.submission('note', {
        id: `${newConversation()}.1`,
        revision,
        answers: { word: 'marrow' },
        passed,
      }),
    ]);
    const { operatorUrl = '' } = scene.relay;
    const seen = async (path: string): Promise<string> => {
      const response = await fetch(`${operatorUrl}${path}`);
      assert.equal(response.status, 200, path);
      return response.text();
    };
    const pages = await Promise.all(['/metrics', '/readyz', '/healthz', '/flows'].map(seen));
    assert.ok(scene.logged.some(({ event }) => event === 'profiles_exported'));
    assert.deepEqual(foundIn([JSON.stringify(scene.logged), ...pages]), []);
    const picture = await seen(`/flows/${FLOW_ID}?environment=sandbox`);
    assert.match(picture, /<svg/);
    // Its author has written these into conditions, which stand beside the lines.
    const written = foundIn([JSON.stringify(flowRevealing([]))]);
    assert.deepEqual(
      foundIn([picture]).filter((path) => !written.includes(path)),
      [],
    );
  });
});

describe('in a browser', () => {
  let browser: Browser;
  let pages: PageServer;
  let scene: ProfileScene;
  let visitor: Visitor;
  before(async () => {
    browser = await openBrowser();
    pages = await servePage();
    scene = await raiseProfileScene(pages.url, { assets: await builtWidget() });
  });
  after(async () => {
    await browser.close();
    await scene[Symbol.asyncDispose]();
    await pages.close();
  });
  afterEach(() => visitor.leave());

  const bodyOf = (script: string) =>
    `<script>window.parley = []; window.heard = []; addEventListener('parley-visitor', ({ change }) => heard.push(change)); ${script}</script>
     <script async crossorigin="anonymous" src="${scene.tap.url}/parley.js" data-flow="${FLOW_ID}"></script>`;

  /** All that stands on the page, in whichever shadow tree, and all that is kept of its origin. */
  const heldBy = async (who: Visitor) => {
    const shown = await who.page.evaluate(() => {
      const htmlOf = (root: Document | ShadowRoot): string =>
        [
          root instanceof Document ? root.documentElement.outerHTML : root.innerHTML,
          ...[...root.querySelectorAll('*')].map(({ shadowRoot }) => (shadowRoot ? htmlOf(shadowRoot) : '')),
          ...[...root.querySelectorAll('input')].map(({ value }) => value),
        ].join('\n');
      return htmlOf(document);
    });
    return [shown, await keptIn(who.page)];
  };
  const isTold = (change: string) =>
    visitor.page.waitForFunction(
      (wanted) => (window as unknown as { heard: readonly string[] }).heard.includes(wanted),
      {},
      change,
    );

  it('is of who is signed in what the flow reveals, of who is there without a word nothing new, and after a sign-out nothing', async () => {
    visitor = await Visitor.arrive(browser);
    const identify = `parley.push(['identify', ${JSON.stringify(await scene.sign())}]);`;
    pages.setBody(bodyOf(identify));
    await visitor.visit(pages.url);
    await visitor.openChat(`Welcome, ${CANARIES.first_name}`);
    await visitor.hears('I know you');
    const [shown = '', kept = ''] = await heldBy(visitor);
    assert.deepEqual(foundIn([shown]), ['first_name'], 'on the page');
    assert.deepEqual(foundIn([kept]), REVEALED, 'in what it keeps');
    assert.deepEqual(foundIn(scene.tap.take()), REVEALED);
    assert.deepEqual(foundIn([await visitor.everythingReceived()]), REVEALED);

    // The page has lost its word on who it is: the conversation goes on, and knows nobody.
    pages.setBody(bodyOf(''));
    visitor.received.length = 0;
    await visitor.visit(pages.url);
    await visitor.answer('word', 'marrow');
    await visitor.hears('Somebody else');
    assert.deepEqual(foundIn(scene.tap.take()), []);
    assert.deepEqual(foundIn([await visitor.everythingReceived()]), []);

    await visitor.page.evaluate(() => void (window.parley ??= []).push(['logout']));
    await isTold('ended');
    await visitor.hears('Hello, stranger');
    await visitor.hears('Who are you');
    assert.deepEqual(foundIn(await heldBy(visitor)), []);
    assert.deepEqual(foundIn(scene.tap.take()), []);
  });

  it('is nothing of who was signed in before, for who signs in at the same machine', async () => {
    visitor = await Visitor.arrive(browser);
    pages.setBody(bodyOf(`parley.push(['identify', ${JSON.stringify(await scene.sign())}]);`));
    await visitor.visit(pages.url);
    await visitor.openChat(`Welcome, ${CANARIES.first_name}`);
    await visitor.hears('I know you');
    scene.tap.take();
    const other = await scene.sign({ sub: 'somebody-else' });
    await visitor.page.evaluate((jwt) => void (window.parley ??= []).push(['identify', jwt]), other);
    await isTold('ended');
    await visitor.hears('Hello, stranger');
    await visitor.hears('Who are you');
    assert.deepEqual(foundIn([...(await heldBy(visitor)), ...scene.tap.take()]), []);
  });

  it('is nothing of somebody who says that they are the person, and nothing for who comes after them', async () => {
    visitor = await Visitor.arrive(browser);
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const forged = await scene.sign({}, { key: privateKey });
    pages.setBody(bodyOf(`parley.push(['identify', ${JSON.stringify(forged)}]);`));
    scene.tap.take();
    await visitor.visit(pages.url);
    await visitor.openChat('Hello, stranger');
    await visitor.hears('Who are you');
    await visitor.answer('word', 'marrow');
    await visitor.hears('Somebody else');
    assert.deepEqual(foundIn([...(await heldBy(visitor)), ...scene.tap.take()]), []);
    assert.deepEqual(foundIn([await visitor.everythingReceived()]), []);
  });
});
