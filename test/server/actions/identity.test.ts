/** What makes profiles one because a flow says so: over HTTP, against the emulator. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import type { Fault } from '../../../demo/braze/emulator.ts';
import { webPorts } from '../../../server/adapters/web-ports.ts';
import { createEntryLinks } from '../../../server/entry-links.ts';
import type { SessionGrant } from '../../../widget/contract/wire.ts';
import { AT_ONCE } from '../action-cases.ts';
import { PROD_KEY, SESSION_SECRET } from '../relay-fixture.ts';
import {
  createIdentityWorld,
  EVERYTHING,
  PATHS,
  PERMISSIONS,
  sign,
  type Answers,
  type Called,
  type IdentityWorld,
  type Node,
} from './identity-world.ts';

const idOf = ({ visitor }: SessionGrant) => String(decodeJwt(visitor).sub);

describe('an action that makes profiles one', { concurrency: AT_ONCE }, () => {
  const ADA = { member: 'ada', email: 'ada@example.com' };

  interface Case {
    readonly name: string;
    readonly node: Exclude<Node, 'save'>;
    readonly unverified?: readonly string[];
    readonly signedInAs?: string;
    readonly linkedTo?: string;
    readonly answers?: Answers;
    readonly outcome: 'success' | 'error';
    /** Bodies that Braze gets. */
    readonly sends?: readonly object[] | 'one';
    readonly why?: 'denied' | 'external_id' | 'email' | 'alias_name';
  }

  const aliased = { external_id: 'ada', alias_label: 'club_card', alias_name: 'ada' };
  const merged = {
    identifier_to_merge: {
      email: 'ada@example.com',
      prioritization: ['unidentified', 'most_recently_updated'],
    },
    identifier_to_keep: { external_id: 'ada' },
  };
  const CASES: readonly Case[] = [
    { name: 'of a stranger', node: 'who', outcome: 'error', why: 'denied' },
    {
      name: 'of a stranger whose site allows something else',
      node: 'who',
      unverified: ['merge', 'subscribe'],
      outcome: 'error',
      why: 'denied',
    },
    {
      name: 'of a stranger whose site allows it',
      node: 'who',
      unverified: ['identify'],
      outcome: 'success',
      sends: 'one',
    },
    { name: 'of who is signed in, as themselves', node: 'who', signedInAs: 'ada', outcome: 'success' },
    {
      name: 'of who is signed in, as somebody else',
      node: 'who',
      signedInAs: 'bob',
      outcome: 'error',
      why: 'denied',
    },
    {
      name: 'of who is signed in, as somebody else, where strangers may',
      node: 'who',
      signedInAs: 'bob',
      unverified: ['identify'],
      outcome: 'error',
      why: 'denied',
    },
    { name: 'of who came by their personal link', node: 'who', linkedTo: 'ada', outcome: 'success' },
    {
      name: 'of who came by another person’s personal link',
      node: 'who',
      linkedTo: 'bob',
      unverified: ['identify'],
      outcome: 'error',
      why: 'denied',
    },
    {
      name: 'by an id of 987 bytes',
      node: 'who_long',
      unverified: ['identify'],
      answers: { member: `${'é'.repeat(74)}${'x'.repeat(181)}` },
      outcome: 'success',
      sends: 'one',
    },
    {
      name: 'by an id of 990 bytes',
      node: 'who_long',
      unverified: ['identify'],
      answers: { member: `${'é'.repeat(75)}${'x'.repeat(180)}` },
      outcome: 'error',
      why: 'external_id',
    },
    {
      name: 'by no id',
      node: 'who',
      unverified: ['identify'],
      answers: {},
      outcome: 'error',
      why: 'external_id',
    },
    { name: 'of a stranger', node: 'merge', outcome: 'error', why: 'denied' },
    {
      name: 'of a stranger whose site allows something else',
      node: 'merge',
      unverified: ['identify', 'subscribe'],
      outcome: 'error',
      why: 'denied',
    },
    {
      name: 'of a stranger whose site allows it',
      node: 'merge',
      unverified: ['merge'],
      outcome: 'success',
      sends: 'one',
    },
    { name: 'of who is signed in', node: 'merge', signedInAs: 'ada', outcome: 'error', why: 'denied' },
    {
      name: 'of who is signed in, where the site allows it',
      node: 'merge',
      signedInAs: 'ada',
      unverified: ['merge'],
      outcome: 'success',
      sends: [{ merge_updates: [merged] }],
    },
    {
      name: 'of who came by a personal link, where the site allows it',
      node: 'merge',
      linkedTo: 'ada',
      unverified: ['merge'],
      outcome: 'success',
      sends: [{ merge_updates: [merged] }],
    },
    {
      name: 'by no address',
      node: 'merge',
      unverified: ['merge'],
      answers: { member: 'ada' },
      outcome: 'error',
      why: 'email',
    },
    { name: 'of a stranger', node: 'alias', outcome: 'error', why: 'denied' },
    {
      name: 'of a stranger, where strangers may do everything there is',
      node: 'alias',
      unverified: ['identify', 'merge', 'subscribe'],
      outcome: 'error',
      why: 'denied',
    },
    {
      name: 'of who came by a personal link',
      node: 'alias',
      linkedTo: 'ada',
      outcome: 'error',
      why: 'denied',
    },
    {
      name: 'of who is signed in',
      node: 'alias',
      signedInAs: 'ada',
      outcome: 'success',
      sends: [{ user_aliases: [aliased] }],
    },
    {
      name: 'by no name',
      node: 'alias',
      signedInAs: 'ada',
      answers: {},
      outcome: 'error',
      why: 'alias_name',
    },
    {
      name: 'by a name of 256 characters',
      node: 'alias_long',
      signedInAs: 'ada',
      answers: { member: 'x'.repeat(251) },
      outcome: 'error',
      why: 'alias_name',
    },
  ];

  const linkTo = (externalId: string) =>
    createEntryLinks(
      { sessionSecret: () => new TextEncoder().encode(SESSION_SECRET) },
      { clock: Date.now, createId: webPorts.createId },
    ).make(
      {
        site: 'brand',
        environment: 'prod',
        flow: 'club',
        cohort: 'spring',
        campaign: 'sale',
        external_id: externalId,
      },
      60_000,
    );

  for (const { node, name, unverified, signedInAs, linkedTo, answers = ADA, outcome, sends, why } of CASES) {
    const path = PATHS[node.replace('_long', '') as Called];
    it(`(${path.slice(1)}) ${name}: ${outcome}${why === undefined ? '' : ` (${why})`}`, async (t) => {
      const world = await createIdentityWorld(t);
      await world.start(unverified);
      const grant = await (signedInAs === undefined ? world.session() : world.signedIn(signedInAs));
      const entry = linkedTo === undefined ? {} : { entry: { link: await linkTo(linkedTo) } };
      assert.equal(await world.submit(grant, node, answers, entry), outcome);
      const sent = world.requests(path);
      if (sends === 'one') assert.equal(sent.length, 1);
      else assert.deepEqual(sent, sends ?? []);
      assert.equal(world.denied(), why === 'denied' ? 1 : 0);
      assert.deepEqual(world.leftOut(), why === undefined || why === 'denied' ? [] : [why]);
    });
  }

  it('says nothing in the log of who anybody is', async (t) => {
    const world = await createIdentityWorld(t);
    await world.start(['identify', 'merge'], { check_joins: true });
    await world.submit(await world.session(), 'who', ADA);
    await world.submit(await world.session(), 'merge', ADA);
    await world.submit(await world.signedIn('ada'), 'alias', ADA);
    // By itself: an id may have it in its digits.
    assert.doesNotMatch(JSON.stringify(world.entries), /\bada\b/);
  });

  describe('where Braze does not do as it should:', () => {
    /** Who may do it. */
    const actor = async (world: IdentityWorld, node: Called) => {
      await world.start(['identify', 'merge']);
      const grant = await (node === 'alias' ? world.signedIn('ada') : world.session());
      return grant;
    };
    /** A merge of who is signed in goes another way than that of a stranger. */
    const ROWS: readonly (readonly [name: string, fault: Fault, first: 'success' | 'queued' | 'error'])[] = [
      ['400', { kind: 'status', status: 400, times: 1 }, 'error'],
      ['401', { kind: 'status', status: 401, times: 1 }, 'queued'],
      ['403', { kind: 'status', status: 403, times: 1 }, 'queued'],
      ['429', { kind: 'status', status: 429, times: 1 }, 'queued'],
      ['500', { kind: 'status', status: 500, times: 1 }, 'queued'],
      ['504', { kind: 'status', status: 504, times: 1 }, 'queued'],
      ['a lost answer', { kind: 'lost', times: 1 }, 'queued'],
      ['a connection that breaks off', { kind: 'reset', when: 'before', times: 1 }, 'queued'],
      ['a slow answer', { kind: 'slow', ms: 20, times: 1 }, 'success'],
      ['an answer that is no JSON', { kind: 'malformed', times: 1 }, 'success'],
    ];
    for (const node of ['who', 'merge', 'alias'] as const) {
      for (const [name, fault, first] of ROWS) {
        it(`(${PATHS[node].slice(1)}) ${name}: ${first}, ${first === 'error' ? 'a dead letter' : 'done in the end'}`, async (t) => {
          const world = await createIdentityWorld(t);
          const grant = await actor(world, node);
          if (node !== 'alias') await world.submit(grant, 'save', { member: 'before' });
          world.braze.emulator.setFault({ ...fault, path: PATHS[node] });
          assert.equal(await world.submit(grant, node, ADA), first);
          if (first === 'error') {
            assert.equal((await world.store.deadLetters.list(2)).length, 1);
            return;
          }
          // As it does when its operator has mended the key.
          await world.relay.reload(world.sources());
          assert.equal((await world.settled(world.latest)).outcome, 'success');
          assert.deepEqual(await world.store.deadLetters.list(1), []);
          // The fault hits once.
          assert.ok(world.requests(PATHS[node]).length <= 2);
        });
      }

      it(`(${PATHS[node].slice(1)}) a key that may not: it waits, and /readyz names the permission`, async (t) => {
        const world = await createIdentityWorld(t);
        const grant = await actor(world, node);
        const others = EVERYTHING.filter((permission) => permission !== PERMISSIONS[node]);
        world.braze.emulator.addKey({ key: PROD_KEY, permissions: others });
        assert.equal(await world.submit(grant, node, ADA), 'queued');
        const id = world.latest;
        assert.deepEqual(await world.unwell(), [`braze prod ${PERMISSIONS[node]}`]);
        assert.equal(await world.submit(await world.session(), 'save', {}), 'success', 'nobody else waits');
        world.braze.emulator.addKey({ key: PROD_KEY, permissions: EVERYTHING });
        await world.relay.reload(world.sources());
        assert.equal((await world.settled(id)).outcome, 'success');
      });
    }
  });

  it('is told once in /readyz to lack what both a join and a request of its own need', async (t) => {
    const world = await createIdentityWorld(t);
    await world.start(['merge']);
    const stranger = await world.session();
    await world.submit(stranger, 'save', {});
    const others = EVERYTHING.filter((permission) => permission !== PERMISSIONS.merge);
    world.braze.emulator.addKey({ key: PROD_KEY, permissions: others });
    for (const grant of [stranger, await world.signedIn('ada')]) await world.submit(grant, 'merge', ADA);
    await world.heardOf(({ event }) => event === 'join_forbidden');
    await world.heardOf(({ event, meaning }) => event === 'braze_called' && meaning === 'operator');
    assert.deepEqual(await world.unwell(), ['braze prod users.merge']);
  });

  describe('of a stranger whose site allows it', () => {
    it('writes to the person from then on, also in the same request, and what came before is theirs', async (t) => {
      const world = await createIdentityWorld(t);
      await world.start(['identify']);
      const grant = await world.session();
      assert.equal(await world.submit(grant, 'save', { member: 'before' }), 'success');
      const receipts = await world.bring(
        grant,
        world.say('who', ADA),
        world.say('save', ADA),
        world.say('save', ADA),
      );
      assert.deepEqual(
        receipts.map(({ outcome }) => outcome),
        ['success', 'success', 'success'],
      );
      assert.equal(await world.submit(grant, 'save', ADA), 'success');
      assert.equal(
        await world.submit(await world.session({ visitor: grant.visitor }), 'save', ADA),
        'success',
      );
      assert.deepEqual(world.profiles(), [
        { id: 'ada', email: undefined, club: 'ada', events: 5, aliases: 1 },
      ]);
      assert.equal(world.requests('/users/identify').length, 1);
    });

    it('is joined once, however often they say it', async (t) => {
      const world = await createIdentityWorld(t);
      await world.start(['identify']);
      const grant = await world.session();
      await world.submit(grant, 'save', {});
      for (const _time of [1, 2, 3]) assert.equal(await world.submit(grant, 'who', ADA), 'success');
      const [again] = [world.say('who', ADA)];
      for (const _time of [1, 2]) await world.bring(grant, again);
      assert.equal(world.requests('/users/identify').length, 1);
    });

    it('is not made one with a second person, whom they write to from then on', async (t) => {
      const world = await createIdentityWorld(t);
      await world.start(['identify']);
      const grant = await world.session();
      await world.submit(grant, 'save', {});
      await world.submit(grant, 'who', { member: 'wrong' });
      assert.equal(await world.submit(grant, 'who', ADA), 'success');
      await world.submit(grant, 'save', ADA);
      assert.deepEqual(
        world.profiles().map(({ id, events }) => [id, events]),
        [
          ['ada', 1],
          ['wrong', 1],
        ],
      );
      assert.equal(world.requests('/users/identify').length, 1);
    });

    it('stays who they have said, whatever an answer says, where profiles are known by e-mail', async (t) => {
      const world = await createIdentityWorld(t);
      await world.start(['identify'], { profile: { by: 'email', field: 'email' } });
      const grant = await world.session();
      await world.submit(grant, 'save', {});
      assert.deepEqual(
        (await world.bring(grant, world.say('who', ADA), world.say('save', ADA))).map(
          ({ outcome }) => outcome,
        ),
        ['success', 'success'],
      );
      await world.submit(grant, 'save', ADA);
      assert.deepEqual(
        world.profiles().map(({ id, events }) => [id, events]),
        [['ada', 3]],
      );
      assert.equal(world.requests('/users/identify').length + world.requests('/users/merge').length, 1);
    });

    it('merges their address into the person that they have said they are', async (t) => {
      const world = await createIdentityWorld(t);
      await world.start(['identify', 'merge']);
      await world.track({ email: 'ada@example.com', first_name: 'Ada' });
      const grant = await world.session();
      await world.submit(grant, 'save', {});
      await world.submit(grant, 'who', ADA);
      await world.submit(grant, 'merge', ADA);
      await world.submit(grant, 'save', ADA);
      assert.deepEqual(
        world.profiles().map(({ id, email, events }) => [id, email, events]),
        [['ada', 'ada@example.com', 2]],
      );
    });

    it('writes to the profile of the address from then on, with what came before', async (t) => {
      const world = await createIdentityWorld(t);
      await world.start(['merge']);
      await world.track({ email: 'ada@example.com' });
      const grant = await world.session();
      await world.submit(grant, 'save', { member: 'before' });
      await world.bring(grant, world.say('merge', ADA), world.say('save', ADA));
      assert.deepEqual(world.profiles(), [
        { id: undefined, email: 'ada@example.com', club: 'ada', events: 2, aliases: 1 },
      ]);
      assert.equal(world.requests('/users/merge').length, 1);
    });

    it('has it made for the second time where nobody had the address the first time', async (t) => {
      const world = await createIdentityWorld(t);
      await world.start(['merge']);
      const grant = await world.session();
      await world.submit(grant, 'save', {});
      await world.submit(grant, 'merge', ADA);
      await world.submit(grant, 'save', ADA);
      assert.equal(world.profiles().length, 2);
      await world.restartLater();
      await world.settled('join.again.');
      assert.deepEqual(
        world.profiles().map(({ email, events }) => [email, events]),
        [['ada@example.com', 2]],
      );
    });

    it('is made twice, the second time five minutes later, and not a third time', async (t) => {
      const world = await createIdentityWorld(t);
      await world.start(['identify']);
      const grant = await world.session();
      await world.submit(grant, 'save', {});
      await world.submit(grant, 'who', ADA);
      await world.restartLater();
      await world.settled('join.again.');
      await world.restartLater();
      assert.equal((await world.store.stats()).deferred, 0);
      assert.equal(world.requests('/users/identify').length, 2);
    });

    it('is another visitor as soon as the backend says that they are somebody else', async (t) => {
      const world = await createIdentityWorld(t);
      await world.start(['identify']);
      const grant = await world.session();
      await world.submit(grant, 'save', {});
      await world.submit(grant, 'who', ADA);
      const bob = await world.session({ visitor: grant.visitor, identity: await sign('bob') });
      assert.notEqual(idOf(bob), idOf(grant));
      await world.submit(bob, 'save', ADA);
      assert.deepEqual(
        world.profiles().map(({ id, events }) => [id, events]),
        [
          ['ada', 1],
          ['bob', 1],
        ],
      );
    });

    it('is themselves where the backend says the same', async (t) => {
      const world = await createIdentityWorld(t);
      await world.start(['identify']);
      const grant = await world.session();
      await world.submit(grant, 'save', {});
      await world.submit(grant, 'who', ADA);
      const ada = await world.session({ visitor: grant.visitor, identity: await sign('ada') });
      assert.equal(ada.identity, 'verified');
      await world.submit(ada, 'save', ADA);
      assert.deepEqual(
        world.profiles().map(({ id, events }) => [id, events]),
        [['ada', 2]],
      );
    });
  });

  it('(users/merge) of who is signed in is made again where Braze’s answer is lost', async (t) => {
    const world = await createIdentityWorld(t);
    await world.start(['merge']);
    await world.track({ email: 'ada@example.com' });
    const ada = await world.signedIn('ada');
    await world.submit(ada, 'save', {});
    world.braze.emulator.setFault({ kind: 'lost', path: '/users/merge', times: 1 });
    assert.equal(await world.submit(ada, 'merge', ADA), 'queued');
    assert.equal((await world.settled(world.latest)).outcome, 'success');
    assert.deepEqual(
      world.profiles().map(({ id, email }) => [id, email]),
      [['ada', 'ada@example.com']],
    );
  });

  it('(users/merge) of who is signed in takes no other customer’s profile, though it has the address', async (t) => {
    const world = await createIdentityWorld(t);
    await world.start(['merge']);
    await world.track({ external_id: 'bob', email: 'ada@example.com' });
    const ada = await world.signedIn('ada');
    await world.submit(ada, 'save', {});
    assert.equal(await world.submit(ada, 'merge', ADA), 'success');
    assert.deepEqual(
      world.profiles().map(({ id, email }) => [id, email]),
      [
        ['ada', undefined],
        ['bob', 'ada@example.com'],
      ],
    );
  });

  it('is what a departure of before goes by, which is told later', async (t) => {
    const world = await createIdentityWorld(t);
    const events = { events: { abandoned: 'chat_abandoned' }, abandoned_after: 60 };
    await world.start(['identify'], events);
    const grant = await world.session();
    await world.submit(grant, 'save', {});
    const left = world.say('save', {}, { node: 'member' });
    const departure = { ...left, id: `${left.id}.abandoned` };
    const { status } = await world.post(
      '/v1/departures',
      {},
      {
        visitor: grant.visitor,
        sent: left.time,
        left: departure,
      },
    );
    assert.equal(status, 204);
    await world.submit(grant, 'who', ADA);
    await world.restartLater();
    await world.settled(left.id.replace(/\.4$/, '.abandoned'));
    const { events: told = [] } = world.requests('/users/track').at(-1) as { events?: readonly object[] };
    assert.deepEqual(
      told.map((event) => ['external_id', 'user_alias'].filter((id) => id in event)),
      [['external_id']],
    );
  });

  it('takes the relay’s word out of the credential that the alias is nobody’s', async (t) => {
    const world = await createIdentityWorld(t);
    for (const [unverified, own] of [
      [['subscribe'], true],
      [['identify'], undefined],
      [['merge'], undefined],
    ] as const) {
      await world.start(unverified);
      assert.equal(decodeJwt((await world.session()).visitor)['own'], own);
      await world.relay.close();
    }
  });

  it('is no longer heard where the site takes it back', async (t) => {
    const world = await createIdentityWorld(t);
    await world.start(['identify']);
    const grant = await world.session();
    await world.submit(grant, 'save', {});
    await world.submit(grant, 'who', ADA);
    await world.relay.close();
    await world.start();
    const other = await world.session();
    assert.equal(await world.submit(other, 'who', ADA), 'error');
    // Their alias is that person's.
    await world.submit(await world.session({ visitor: grant.visitor }), 'save', {});
    assert.deepEqual(
      world.profiles().map(({ id, events }) => [id, events]),
      [['ada', 2]],
    );
  });

  describe('whose effect is looked at', () => {
    const checks = { check_joins: true };
    const count = async (world: IdentityWorld, result: string) => {
      const text = await (await fetch(`${String(world.relay.operatorUrl)}/metrics`)).text();
      const line = `parley_join_checks_total{environment="prod",result="${result}"} `;
      return Number(
        text
          .split('\n')
          .find((each) => each.startsWith(line))
          ?.slice(line.length) ?? 0,
      );
    };
    const aliasOf = (grant: SessionGrant) => ({
      alias_name: idOf(grant),
      alias_label: `parley-${idOf(grant)}`,
    });
    type Doing = (world: IdentityWorld, grant: SessionGrant) => Promise<unknown>;
    /** Another profile of theirs has an alias of the same label: Braze joins neither to the other (`post_user_identify`). */
    const shareLabel: Doing = async (world, grant) => {
      await world.track({ external_id: 'ada' });
      const response = await fetch(`${world.braze.url}/users/alias/new`, {
        method: 'POST',
        headers: { authorization: `Bearer ${PROD_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          user_aliases: [{ external_id: 'ada', ...aliasOf(grant), alias_name: 'another' }],
        }),
      });
      assert.equal(response.status, 201);
      world.braze.emulator.settle();
    };
    /** Two phone numbers that are none: Braze answers 202 and does nothing (`post_users_merge`). */
    const invalidPhones: Doing = async (world, grant) => {
      await world.track({ email: 'ada@example.com', phone: 'none' });
      await world.track({ user_alias: aliasOf(grant), phone: 'none' });
    };
    const acts =
      (node: Called): Doing =>
      async (world, grant) => {
        assert.equal(await world.submit(grant, node, ADA), 'success');
      };
    const signs: Doing = async (world, { visitor }) =>
      world.session({ visitor, identity: await sign('ada') });
    const WAYS: readonly (readonly [name: string, more: object, trap: Doing, does: Doing])[] = [
      ['users/identify', { unverified: ['identify'] }, shareLabel, acts('who')],
      ['users/merge', { unverified: ['merge'] }, invalidPhones, acts('merge')],
      ['a sign-in', {}, shareLabel, signs],
      [
        'an answer',
        { profile: { by: 'external_id', field: 'member' } },
        shareLabel,
        async (world, grant) => {
          assert.equal(await world.submit(grant, 'save', ADA), 'success');
        },
      ],
    ];
    for (const [name, more, trap, does] of WAYS) {
      it(`(${name}) and has had one: that is told, and nothing else`, async (t) => {
        const world = await createIdentityWorld(t);
        await world.start([], { ...more, ...checks });
        const grant = await world.session();
        if (name === 'users/merge') await world.track({ email: 'ada@example.com' });
        await world.submit(grant, 'save', {});
        await does(world, grant);
        assert.equal(await world.untilChecked(), 'success');
        assert.ok(world.entries.some(({ event }) => event === 'join_checked'));
        assert.deepEqual(await world.store.deadLetters.list(1), []);
        assert.deepEqual([await count(world, 'joined'), await count(world, 'without_effect')], [1, 0]);
        await world.restartLater();
        assert.equal((await world.store.stats()).deferred, 0);
      });

      it(`(${name}) and has had none: it is a dead letter, and a retry joins and looks again`, async (t) => {
        const world = await createIdentityWorld(t);
        await world.start([], { ...more, ...checks });
        const grant = await world.session();
        await world.submit(grant, 'save', {});
        await trap(world, grant);
        await does(world, grant);
        assert.equal(await world.untilChecked(), 'error');
        const { advice } = await world.heardOf(({ event }) => event === 'join_without_effect');
        assert.match(String(advice), name === 'users/merge' ? /phone number/ : /same label/);
        assert.deepEqual([await count(world, 'joined'), await count(world, 'without_effect')], [0, 1]);
        const [letter, ...others] = await world.store.deadLetters.list(2);
        assert.deepEqual(others, []);
        assert.match(letter?.reason ?? '', /there are two still/);
        // The operator mends it.
        world.braze.emulator.restore(
          world.braze.emulator.profiles().map((profile) => ({
            ...profile,
            user_aliases: profile.user_aliases.filter(({ alias_name: each }) => each !== 'another'),
            standard: Object.fromEntries(
              Object.entries(profile.standard).filter(([field]) => field !== 'phone'),
            ),
          })),
        );
        world.forgetEntries();
        await world.store.deadLetters.retry(letter?.work.key ?? '');
        await world.settled('join.check.');
        assert.equal(world.profiles().length, 1);
        world.forgetEntries();
        await world.restartLater();
        assert.equal((await world.settled('join.check.check.')).outcome, 'success');
      });
    }

    it('is not looked at where the site does not ask for it', async (t) => {
      const world = await createIdentityWorld(t);
      await world.start(['identify']);
      const grant = await world.session();
      await world.submit(grant, 'save', {});
      await shareLabel(world, grant);
      await world.submit(grant, 'who', ADA);
      await world.restartLater();
      await world.settled('join.again.');
      await world.restartLater();
      assert.equal((await world.store.stats()).deferred, 0);
      assert.deepEqual(world.requests('/users/export/ids'), []);
    });

    it('may not be seen: that is told, and nobody waits', async (t) => {
      const world = await createIdentityWorld(t);
      await world.start(['identify'], checks);
      const grant = await world.session();
      await world.submit(grant, 'save', {});
      await world.submit(grant, 'who', ADA);
      const permissions = EVERYTHING.filter((permission) => permission !== 'users.export.ids');
      world.braze.emulator.addKey({ key: PROD_KEY, permissions });
      assert.equal(await world.untilChecked(), 'success');
      const { advice } = await world.heardOf(({ event }) => event === 'join_unchecked');
      assert.match(String(advice), /users\.export\.ids/);
      assert.deepEqual(await world.unwell(), ['braze prod users.export.ids']);
      assert.deepEqual(await world.store.deadLetters.list(1), []);
      assert.equal(await world.submit(grant, 'save', {}), 'success');
    });

    it('is looked at again where Braze does not show it now', async (t) => {
      const world = await createIdentityWorld(t);
      await world.start(['identify'], checks);
      const grant = await world.session();
      await world.submit(grant, 'save', {});
      await world.submit(grant, 'who', ADA);
      await world.restartLater();
      await world.settled('join.again.');
      world.braze.emulator.setFault({ kind: 'status', status: 503, path: '/users/export/ids', times: 1 });
      await world.restartLater();
      assert.equal((await world.settled('join.check.')).outcome, 'success');
      assert.equal(world.requests('/users/export/ids').length, 2);
    });
  });
});
