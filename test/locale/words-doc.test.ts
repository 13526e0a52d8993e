/** The tables of `docs/words.md` are made from the words themselves. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { LOCALES, textsOf } from './locales.ts';

const PAGE = readFileSync('docs/words.md', 'utf8');

/** Rows of the table under a heading, each as its cells. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const [, table = ''] = new RegExp(`^## ${heading}\\n[^|]*((?:\\|.*\\n)+)`, 'm').exec(PAGE) ?? [];
  const rows = table.trim().split('\n').slice(2);
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

describe('docs/words.md', () => {
  it('has each word, as English says it', () => {
    const wanted = [...textsOf(LOCALES.en)].map(([path, text]) => [`\`${path}\``, text]);
    assert.deepEqual(rowsUnder('The words'), wanted, `It should be:\n${tableOf(wanted)}`);
  });

  it('has each locale, and what it calls itself', () => {
    const wanted = Object.keys(LOCALES).map((tag) => [
      `\`${tag}\``,
      new Intl.DisplayNames('en', { type: 'language' }).of(tag),
      new Intl.DisplayNames(tag, { type: 'language' }).of(tag),
    ]);
    const rows = rowsUnder('Locales').map((cells) => cells.slice(0, 3));
    assert.deepEqual(rows, wanted);
  });
});

const tableOf = (rows: readonly (readonly string[])[]) =>
  rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
