/** The tables of the relay's store: what is in each, what docs/privacy.md says of each, and which values may be there. */
import { DatabaseSync } from 'node:sqlite';

/** All rows of each table, by its name. */
export function tablesIn(store: string): ReadonlyMap<string, string> {
  const db = new DatabaseSync(store, { readOnly: true });
  try {
    const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    return new Map(
      names.map(({ name }) => {
        const rows = db.prepare(`SELECT * FROM "${String(name)}"`).all();
        return [String(name), rows.map(textOf).join('\n')] as const;
      }),
    );
  } finally {
    db.close();
  }
}

function textOf(row: Readonly<Record<string, unknown>>): string {
  const cells = Object.values(row).map((cell) =>
    cell instanceof Uint8Array ? Buffer.from(cell).toString('latin1') : String(cell),
  );
  return cells.join(' ');
}

/** What docs/privacy.md says of each table under "At the relay", by its name: its other cells. */
export function tablesOf(privacy: string): ReadonlyMap<string, string> {
  const section = /^## At the relay$([\s\S]*?)^#/m.exec(privacy)?.[1] ?? '';
  return new Map(
    [...section.matchAll(/^\| `(\w+)`\s*\|(.*)\|$/gm)].map(([, name = '', cells = '']) => [
      name,
      cells.replace(/\s+/g, ' '),
    ]),
  );
}

const ANSWERS = ['first_name', 'email', 'birthday', 'city', 'phone', 'word', 'bystander'];
const PAGE = ['path', 'query', 'title', 'referrer'];
const SENT = 'what is written to Braze: answers, page, device; visitor id';
const IDS = ['visitor id', 'leaver’s visitor id'];

/** Values that are met in each table, by the words of docs/privacy.md that say so of it. What is not here may be in none. */
export const ALLOWED_IN: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  work: { [SENT]: [...ANSWERS, ...PAGE, 'signed in', 'visitor id'] },
  dead_letters: { 'the same; Braze may repeat a value': [...ANSWERS, ...PAGE, 'linked', 'visitor id'] },
  settlements: { 'visitor id': IDS },
  provisional: { 'visitor id, page': ['visitor id'] },
  named_values: {
    'visitor id, `external_id`': [...IDS, 'linked', 'signed in'],
    'the answer by which they are known: an e-mail address': ['leaver'],
  },
  deferred: {
    'visitor id; the `external_id` or e-mail address that it is joined to': [...IDS, 'signed in', 'leaver'],
  },
  erasures: { 'visitor id; `external_id`s and e-mail addresses': ['leaver’s visitor id', 'leaver'] },
};
