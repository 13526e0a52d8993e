/** The registry of actions, made of the files that there are: whoever adds one adds a file, and names it nowhere else. */
import { readdirSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

const FOLDER = 'server/actions';

export const REGISTRY_FILE = `${FOLDER}/registry.ts`;

/** No actions. */
const OTHERS = ['action.ts', 'consent.ts', 'find.ts', 'registry.ts'];

export async function registryText(): Promise<string> {
  const files = readdirSync(FOLDER)
    .filter((file) => !OTHERS.includes(file))
    .sort();
  const names = files.map((file) =>
    file.replace(/\.ts$/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
  );
  const text = [
    '/** Every action that there is. Made of the files of this folder by `npm run schema`. */',
    "import type { Action } from './action.ts';",
    ...files.map((file, index) => `import { action as ${names[index] ?? ''} } from './${file}';`),
    '',
    `export const ACTIONS: readonly Action[] = [${names.join(', ')}];`,
  ].join('\n');
  return format(text, { ...(await resolveConfig(REGISTRY_FILE)), parser: 'typescript' });
}
