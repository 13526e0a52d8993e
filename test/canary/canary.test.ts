/**
 * Keys, credentials and what a visitor says, each unlike anything else, go through a whole journey with faults. Then they are looked for
 * wherever something could have stayed: a secret nowhere, a personal value where docs/privacy.md says so and nowhere else.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { travel, type Evidence } from './journey.ts';
import { ALLOWED, PLACES, type Place } from './places.ts';
import { formsIn } from './search.ts';
import { ALLOWED_IN, tablesOf } from './tables.ts';
import { NEXT_KEY, SECRETS } from './values.ts';

const allowedAt = (place: Place): readonly string[] =>
  ALLOWED.filter((each) => each.place === place).flatMap(({ values }) => values);

const PRIVACY = tablesOf(readFileSync('docs/privacy.md', 'utf8'));

describe('what goes through the relay', () => {
  let evidence: Evidence;
  before(async () => {
    evidence = await travel();
  });

  it('met every fault', () => {
    const { met, logged, code } = evidence;
    for (const status of ['201', '400', '401', '429', '500', '503']) assert.ok(met.has(status), status);
    for (const event of [
      'store_failed',
      'reload_refused',
      'reloaded',
      'braze_joined',
      'visitor_erased',
      'breaker_opened',
    ])
      assert.ok(logged.has(event), `${event} is not among ${[...logged].join()}`);
    assert.equal(code, 1, 'an error that nobody caught');
  });

  for (const place of PLACES) {
    const allowed = allowedAt(place);
    it(`is in ${place}: ${allowed.length > 0 ? allowed.join(', ') : 'nothing'}`, () => {
      const found = evidence.places.get(place) ?? [];
      assert.ok(
        found.some((each) => each.length > 0) || place === 'the console',
        'there is something to look through',
      );
      const hits = [...evidence.values].flatMap(([name, value]) => {
        const forms = new Set(found.flatMap((each) => formsIn(each, value)));
        return forms.size > 0 ? [[name, [...forms].join(', ')] as const] : [];
      });
      const names = hits.map(([name]) => name);
      assert.deepEqual(
        hits.filter(([name]) => !allowed.includes(name)),
        [],
        'is where it may not be',
      );
      assert.deepEqual(
        allowed.filter((name) => !names.includes(name)),
        [],
        'is said to be there, and was not met',
      );
    });
  }

  it('is in each table of the store where docs/privacy.md says so of that table, and in no other', () => {
    const found = [...evidence.tables].map(([table, rows]) => {
      const hits = [...evidence.values].filter(([, value]) =>
        rows.some((each) => formsIn(each, value).length > 0),
      );
      return [table, hits.map(([name]) => name).sort()] as const;
    });
    const allowed = [...PRIVACY.keys()].map(
      (table) =>
        [
          table,
          Object.values(ALLOWED_IN[table] ?? {})
            .flat()
            .sort(),
        ] as const,
    );
    assert.deepEqual(Object.fromEntries(found), Object.fromEntries(allowed));
  });
});

describe('docs/privacy.md', () => {
  for (const [table, values] of Object.entries(ALLOWED_IN)) {
    for (const [words, names] of Object.entries(values)) {
      it(`says that ${names.join(', ')} may be in the table ${table}`, () => {
        assert.ok(PRIVACY.get(table)?.includes(words), `"${words}" is not in: ${PRIVACY.get(table)}`);
      });
    }
  }

  const text = readFileSync('docs/privacy.md', 'utf8').replace(/\s+/g, ' ');
  for (const { place, values, by } of ALLOWED) {
    it(`says that ${values.join(', ')} may be in ${place}`, () => {
      for (const words of by) assert.ok(text.includes(words), words);
    });
  }
});

describe('a secret', () => {
  it('is allowed with whom it is for, and nowhere else', () => {
    const named = ALLOWED.flatMap(({ place, values }) =>
      values.filter((value) => value in SECRETS).map((value) => `${value}: ${place}`),
    );
    assert.deepEqual(named, ['TURNSTILE_SECRET: who verifies challenges']);
  });

  const inside = (text: string) => `{"a":"${text}"}`;
  for (const [name, text] of [
    ['as it is', NEXT_KEY],
    ['in capitals', NEXT_KEY.toUpperCase()],
    ['in hex', Buffer.from(NEXT_KEY).toString('hex')],
    ['in base64', btoa(inside(NEXT_KEY))],
    ['in base64url, a byte further', Buffer.from(`?${inside(NEXT_KEY)}`).toString('base64url')],
    ['in base64, two bytes further', btoa(`??${inside(NEXT_KEY)}`)],
    ['in UTF-16', Buffer.from(NEXT_KEY, 'utf16le').toString('latin1')],
  ] as const) {
    it(`is found ${name}`, () => {
      const bytes = Buffer.from(`before ${text} after`, 'latin1');
      assert.notDeepEqual(formsIn(bytes, NEXT_KEY), []);
      assert.deepEqual(formsIn(bytes, SECRETS.BRAZE_PROD_KEY), []);
    });
  }
});
