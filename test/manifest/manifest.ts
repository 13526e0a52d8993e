/** What code sees of `<parley-chat>`, read from its source: `custom-elements.json`, and the tables of the README that are made from it. */
import { cli } from '@custom-elements-manifest/analyzer/cli.js';
import { format, resolveConfig } from 'prettier';

export const MANIFEST_FILE = 'custom-elements.json';

const SOURCE = 'widget/parley-chat.ts';

/** The tables stand between these two lines of the README. */
const MARKS = ['<!-- made by `npm run manifest` from here -->', '<!-- to here -->'] as const;

/** As far as we read it: https://github.com/webcomponents/custom-elements-manifest/blob/main/schema.d.ts */
export interface Manifest {
  readonly modules: readonly { readonly declarations?: (ElementClass | { readonly kind: string })[] }[];
}

interface Described {
  readonly name: string;
  readonly description?: string;
  readonly type?: { readonly text: string };
}

interface Member extends Described {
  readonly kind: 'field' | 'method';
  readonly attribute?: string;
  readonly privacy?: string;
  readonly static?: boolean;
  readonly parameters?: readonly (Described & { readonly optional?: boolean })[];
}

interface Attribute extends Described {
  /** Of its property, where that is called otherwise. */
  readonly fieldName?: string;
}

export interface ElementClass {
  readonly customElement: true;
  readonly attributes?: readonly Attribute[];
  members?: readonly Member[];
  readonly events?: readonly Described[];
  readonly cssProperties?: readonly (Described & { readonly default?: string })[];
  readonly cssParts?: readonly Described[];
}

/** As it is published: what is the element's own affair is left out, and a property is described as its attribute is. */
export async function readManifest(): Promise<Manifest> {
  const argv = ['analyze', '--litelement', '--quiet', '--globs', SOURCE];
  const manifest = (await cli({ argv, cwd: process.cwd(), noWrite: true })) as Manifest;
  for (const { declarations = [] } of manifest.modules) {
    for (const declaration of declarations) {
      if (!('customElement' in declaration)) continue;
      const { attributes = [], members = [] } = declaration;
      const shown = members.filter(isPublic);
      declaration.members = shown.map((member) => {
        const attribute = attributes.find(({ fieldName = '', name }) =>
          [fieldName, name].includes(member.name),
        );
        const description = member.description ?? attribute?.description;
        return { ...member, ...(description !== undefined && { description }) };
      });
    }
  }
  return manifest;
}

const isPublic = ({ name, privacy, static: isStatic }: Member): boolean =>
  !name.startsWith('#') && isStatic !== true && (privacy ?? 'public') === 'public';

export function elementOf({ modules }: Manifest): ElementClass {
  const [element] = modules.flatMap(({ declarations = [] }) =>
    declarations.filter((each): each is ElementClass => 'customElement' in each),
  );
  if (!element) throw new Error(`${SOURCE} defines no element that the analyzer knows.`);
  return element;
}

export const manifestText = (manifest: Manifest): Promise<string> =>
  inOurForm(MANIFEST_FILE, JSON.stringify(manifest));

/** @returns the README with the tables as they are to be */
export function withTables(readme: string, element: ElementClass): Promise<string> {
  const [before = '', rest] = readme.split(MARKS[0]);
  const [, after] = rest?.split(MARKS[1]) ?? [];
  if (after === undefined) throw new Error(`README.md has to hold the lines ${MARKS.join(' and ')}.`);
  const text = [before, MARKS[0], '\n\n', tablesOf(element), '\n\n', MARKS[1], after].join('');
  return inOurForm('README.md', text);
}

async function inOurForm(filepath: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(filepath)), filepath });
}

function tablesOf({
  attributes = [],
  members = [],
  events = [],
  cssProperties = [],
  cssParts = [],
}: ElementClass) {
  const rows = {
    'attribute and property': attributes.map((each) => [nameOf(each), typeOf(each), each.description]),
    method: members.flatMap((each) =>
      each.kind === 'method' ? [[signatureOf(each), '', each.description]] : [],
    ),
    property: members.flatMap((each) =>
      each.kind === 'field' && each.attribute === undefined
        ? [[code(each.name), typeOf(each), each.description]]
        : [],
    ),
    event: events.map((each) => [code(each.name), typeOf(each), each.description]),
    'custom property': cssProperties.map(({ name, default: value = '', description }) => [
      code(name),
      code(value),
      description,
    ]),
    part: cssParts.map(({ name, description }) => [code(name), '', description]),
  };
  return Object.entries(rows)
    .filter(([, each]) => each.length > 0)
    .map(([title, each]) => tableOf(title, each))
    .join('\n\n');
}

function tableOf(title: string, rows: readonly (readonly (string | undefined)[])[]): string {
  // A column that is empty all the way is none.
  const isTyped = rows.some(([, type]) => type);
  const lines = [[title, TITLES[title] ?? 'type', 'what it is'], ['---', '---', '---'], ...rows];
  const cells = lines.map((row) => row.filter((_, index) => isTyped || index !== 1));
  return cells
    .map(
      (row) => `| ${row.map((cell = '') => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`,
    )
    .join('\n');
}

const TITLES: Readonly<Record<string, string>> = { 'custom property': 'default' };

const code = (text: string): string => (text ? `\`${text}\`` : '');

const nameOf = ({ name, fieldName = name }: Attribute): string =>
  fieldName === name ? code(name) : `${code(name)}, ${code(fieldName)}`;

const typeOf = ({ type }: { readonly type?: { readonly text: string } }): string => code(type?.text ?? '');

function signatureOf({ name, parameters = [] }: Member): string {
  const taken = parameters.map((each) => `${each.name}${each.optional ? '?' : ''}: ${each.type?.text ?? ''}`);
  return code(`${name}(${taken.join(', ')})`);
}
