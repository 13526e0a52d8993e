/** What the relay may log, and that nothing else is in its log. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { adviceOf, guardLog, LOG_FIELDS, type LogEntry } from '../../server/log-fields.ts';
import { StoreError } from '../../server/store/store.ts';

function guarded() {
  const entries: LogEntry[] = [];
  const { log, dropped } = guardLog((entry) => entries.push(entry));
  return { entries, log, dropped };
}

describe('the log', () => {
  it('takes the fields that are named, of their kinds', () => {
    const { entries, log, dropped } = guarded();
    const entry = {
      level: 'info',
      event: 'request',
      status: 200,
      route: '/v1/flows/:id',
      in_doubt: true,
    } as const;
    log(entry);
    log({ level: 'warn', event: 'braze_answered', status: 'timeout', trace: undefined });
    assert.deepEqual(entries, [entry, { level: 'warn', event: 'braze_answered', status: 'timeout' }]);
    assert.equal(dropped(), 0);
  });
  it('drops and counts every other, however it came in', () => {
    const { entries, log, dropped } = guarded();
    const cast = {
      email: 'ada@example.com',
      site: { email: 'ada@example.com' },
      limit: 'ada@example.com',
      flows: ['x'],
    };
    log({ level: 'info', event: 'request', ...(cast as object) });
    log({
      level: 'info',
      event: 'request',
      ...(JSON.parse('{"__proto__": "ada", "constructor": "ada"}') as object),
    });
    assert.deepEqual(entries, [
      { level: 'info', event: 'request' },
      { level: 'info', event: 'request' },
    ]);
    assert.equal(dropped(), 6);
  });
  it('has no such field by its type', () => {
    const { log } = guarded();
    // @ts-expect-error -- a field that is not named
    log({ level: 'info', event: 'request', email: 'ada@example.com' });
    // @ts-expect-error -- a field of another kind
    log({ level: 'info', event: 'request', milliseconds: 'ada@example.com' });
  });

  const TEXTS: readonly { readonly name: string; readonly text: string; readonly safe: string }[] = [
    { name: 'a line break', text: 'a\nb\r', safe: 'a\\u{a}b\\u{d}' },
    { name: 'a terminal’s control sequence', text: '\u001b[2J\u009b2J', safe: '\\u{1b}[2J\\u{9b}2J' },
    { name: 'a separator of lines', text: 'a\u2028b\u2029', safe: 'a\\u{2028}b\\u{2029}' },
    { name: 'a mark that turns the writing', text: '\u202eb\u2066', safe: '\\u{202e}b\\u{2066}' },
    { name: 'half of a pair', text: 'a\ud800', safe: 'a\\u{d800}' },
    { name: 'what is harmless', text: 'Zoë 🙂 "a" \\u{a}', safe: 'Zoë 🙂 "a" \\u{a}' },
    { name: 'what is long', text: 'x'.repeat(5_000), safe: `${'x'.repeat(1_000)}…` },
  ];
  for (const { name, text, safe } of TEXTS) {
    it(`has ${name} in one harmless line`, () => {
      const { entries, log } = guarded();
      log({ level: 'info', event: 'request', reason: text });
      assert.equal(entries[0]?.reason, safe);
    });
  }

  it('says of an error what was written for it, and else its class: others repeat what they met', () => {
    const broken = () => JSON.parse('{"email": "ada@example.com"') as unknown;
    assert.throws(broken, (error: unknown) => adviceOf(error) === 'SyntaxError');
    assert.equal(adviceOf(new StoreError('The store is full')), 'The store is full');
    assert.equal(adviceOf('ada@example.com'), 'string');
  });
  it('is given no message of an error but the store’s', () => {
    const sources = globSync('server/**/*.ts').filter((file) => !/commands|cli\.ts|flows/.test(file));
    for (const file of sources)
      for (const [call] of readFileSync(file, 'utf8').matchAll(/\blog\(\{[\s\S]*?\}\)/g))
        if (/\.(message|stack|cause)\b/.test(call))
          assert.match(readFileSync(file, 'utf8'), /instanceof StoreError/, file);
  });
});

describe('docs/privacy.md', () => {
  const text = readFileSync('docs/privacy.md', 'utf8');
  /** First cells of the table with that head. */
  const namesIn = (head: string) => {
    const [, rows = ''] =
      new RegExp(`^\\| ${head} +\\|.*\\n\\|[- |]+\\n((?:\\|.*\\n)+)`, 'm').exec(text) ?? [];
    return rows
      .split('\n')
      .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  };
  it('names each field of the log, with what it holds, and no other', () => {
    assert.deepEqual(namesIn('field'), Object.keys(LOG_FIELDS));
    for (const [name, { holds }] of Object.entries(LOG_FIELDS))
      assert.match(
        text.replace(/ +\|/g, ' |'),
        new RegExp(`^\\| \`${name}\` \\| ${holds.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')} \\|$`, 'm'),
      );
  });
  it('names each table of the store, and no other', () => {
    const schema = globSync('server/store/sqlite/*.ts').map((file) => readFileSync(file, 'utf8'));
    const tables = schema.flatMap((source) =>
      [...source.matchAll(/CREATE TABLE (\w+)/g)].map(([, name]) => name),
    );
    assert.deepEqual(namesIn('table').sort(), tables.sort());
  });
  it('names all that the widget keeps in the browser', () => {
    const sources = globSync('widget/**/*.ts').map((file) => readFileSync(file, 'utf8'));
    const kept = sources.flatMap((source) =>
      [
        ...source.matchAll(
          /(?:(?:read|write)\('\w+Storage', |(?:const (?:VISITS|OPEN|UNSENT|KEPT|LANDED|GRANTED|ENTRY|ERA|KNOWN) = )|Storage, )['`](parley-[a-z]+)/g,
        ),
      ].map(([, name = '']) => name),
    );
    assert.ok(new Set(kept).size >= 11, [...new Set(kept)].join());
    const named = namesIn('name').join();
    for (const name of kept) assert.ok(named.includes(name), name);
  });
  it('names each kind of data that has a retention of its own', () => {
    const [, body = ''] =
      /strictObject\(\s*\{([\s\S]*?)\n {4}\}/.exec(readFileSync('server/retention.ts', 'utf8')) ?? [];
    const settings = [...body.matchAll(/^ {6}(\w+): v/gm)].map(([, name]) => name);
    assert.equal(settings.length, 8);
    assert.deepEqual(namesIn('setting'), settings);
  });
});
