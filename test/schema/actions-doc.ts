/** The table of actions in their documentation, made of the registry. */
import { readFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { ACTIONS } from '../../server/actions/registry.ts';

export const ACTIONS_DOC = 'docs/actions.md';

const TABLE = /(?<=<!-- made by `npm run schema` -->\n)[^]*?(?=<!-- end -->)/;

const HOUR = 60 * 60 * 1_000;

const waitOf = (life: number | undefined): string => {
  if (life === undefined) return '`retention.undelivered`, 7 days by default';
  return life === 0 ? 'not at all: it is a question' : `${life / HOUR} h`;
};

/** The text of the file. */
export async function actionsDocText(): Promise<string> {
  const rows = ACTIONS.map(
    ({ call, does, permission, queuedFor, page }) =>
      `| \`${call}\` | ${does} | \`${permission}\` | ${waitOf(queuedFor)} | [page](https://www.braze.com/docs/${page}/) |`,
  );
  const head = [
    '| call | what it does | permission of the key | waits for Braze | Braze |',
    '| --- | --- | --- | --- | --- |',
  ];
  const text = (await readFile(ACTIONS_DOC, 'utf8')).replace(TABLE, `\n${[...head, ...rows].join('\n')}\n\n`);
  return format(text, { ...(await resolveConfig(ACTIONS_DOC)), parser: 'markdown' });
}
