/**
 * The table of attacks, each over real HTTP. Beside its answer each is judged by what must not have happened: nothing of it is at Braze, in
 * the store or in the log, and all that was there is as it was. `rendered.test.ts` has what only a browser can tell.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SubmissionsResponse } from '../../widget/contract/wire.ts';
import { createSubmission, SANDBOX_ORIGIN } from '../server/relay-fixture.ts';
import type { Attack } from './attack.ts';
import { BODIES } from './bodies.ts';
import { CONTENTS } from './contents.ts';
import { CREDENTIALS } from './credentials.ts';
import { CROWDS } from './crowds.ts';
import { HEADERS } from './headers.ts';
import { IDENTITIES } from './identities.ts';
import { LINKS } from './links.ts';
import { ORIGINS } from './origins.ts';
import { OTHERS } from './others.ts';
import { PATHS } from './paths.ts';
import { bearer, MARK, openTarget, type Target } from './target.ts';
import { claimsOf, headerOf, hmac, identity, now, rsa } from './tokens.ts';
import { WIRE } from './wire.ts';

const ATTACKS: Readonly<Record<string, readonly Attack[]>> = {
  'a session': CREDENTIALS,
  'a signed identity': IDENTITIES,
  'what is another visitor’s': OTHERS,
  'a page of nobody’s': ORIGINS,
  'what a submission says': CONTENTS,
  'a header': HEADERS,
  'a path': PATHS,
  'a body': BODIES,
  'a connection': WIRE,
  'an entry link': LINKS,
  'a crowd': CROWDS,
};

let target: Target;
before(async () => {
  target = await openTarget();
});
after(() => target.close());

describe('what is let in, so that the attacks fail by what they differ in', () => {
  const submit = async (token: string) => {
    const submission = createSubmission();
    const { status, body } = await target.post(
      '/v1/submissions',
      { submissions: [submission] },
      bearer(token),
    );
    assert.equal(status, 200, body);
    return (JSON.parse(body) as SubmissionsResponse).receipts.map(({ outcome }) => outcome);
  };

  it('a session that the relay has made', async () => {
    assert.deepEqual(await submit((await target.session()).session), ['success']);
  });

  it('one that is put together as the forged ones are, with the relay’s own secret', async () => {
    const { session } = await target.session();
    assert.deepEqual(await submit(hmac(headerOf(session), claimsOf(session))), ['success']);
  });

  it('an identity that is put together as the forged ones are, with the brand’s own key', async () => {
    const { identity: verdict, session } = await target.session({
      identity: rsa({ alg: 'RS256' }, identity({ sub: 'customer-2' })),
    });
    assert.equal(verdict, 'verified');
    assert.equal(claimsOf(session)['ext'], 'customer-2');
    assert.ok((claimsOf(session).exp ?? 0) > now());
  });

  it('a file', async () => {
    const { status, body } = await target.send({ path: '/parley.js' });
    assert.deepEqual([status, body], [200, 'void 0;\n']);
  });

  it('bytes on a bare connection', async () => {
    const body = JSON.stringify({});
    const { status } = await target.say(
      `POST /v1/sessions HTTP/1.1\r\nhost: a\r\norigin: ${SANDBOX_ORIGIN}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      true,
    );
    assert.equal(status, 200);
  });
});

for (const [group, rows] of Object.entries(ATTACKS)) {
  describe(group, () => {
    for (const { name, send, status, says, writes = 0, after: check, relay } of rows) {
      it(name, async () => {
        const attacked = relay ? await openTarget(relay) : target;
        try {
          const state = await attacked.state();
          const answer = await send(attacked);
          assert.equal(answer.status, status, answer.text);
          if (says) assert.match(answer.body, says);
          await check?.(attacked, answer);
          await attacked.checkSince(state, writes);
        } finally {
          if (relay) await attacked.close();
        }
      });
    }
  });
}

describe('after all that', () => {
  it('Ada is who she was, and says something', async () => {
    const { visitor, session } = await target.session({ visitor: target.ada.grant.visitor });
    assert.equal(claimsOf(visitor).sub, target.ada.id);
    const { status } = await target.post(
      '/v1/submissions',
      { submissions: [createSubmission()] },
      bearer(session),
    );
    assert.equal(status, 200);
    const profile = target.braze.emulator
      .profiles()
      .find(({ user_aliases }) => user_aliases.some(({ alias_name }) => alias_name === target.ada.id));
    assert.equal(profile?.events.length, 2);
    assert.ok(!JSON.stringify(profile).includes(MARK));
  });

  it('the table has as many rows as it is to have', () => {
    const names = Object.values(ATTACKS).flatMap((rows) => rows.map(({ name }) => name));
    assert.ok(names.length >= 100, `${names.length}`);
  });
});
