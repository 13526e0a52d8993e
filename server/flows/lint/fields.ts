/** The answers of a flow: which questions ask for each. */
import type { DraftAsk, DraftFlow } from './draft.ts';
import { finding, type Finding } from './finding.ts';

export interface Asked {
  readonly id: string;
  readonly ask: DraftAsk;
}

/** Field to the questions that ask for it, in the order of the file. A field of which only the name is known has none. */
export type Fields = ReadonlyMap<string, readonly Asked[]>;

export function fieldsOf({ nodes }: DraftFlow): Fields {
  const fields = new Map<string, Asked[]>();
  for (const [id, node] of nodes) {
    const field = 'field' in node ? node.field : undefined;
    if (field === undefined) continue;
    const asked = fields.get(field) ?? [];
    if (node.type === 'ask') asked.push({ id, ask: node });
    fields.set(field, asked);
  }
  return fields;
}

type InputName = NonNullable<DraftAsk['input']>;

/** What answers are in their normal form. */
const KINDS: Readonly<Record<InputName, string>> = {
  text: 'a text',
  multiline: 'a text',
  email: 'a text',
  phone: 'a text',
  date: 'a text',
  choice: 'a text',
  number: 'a number',
  rating: 'a number',
  choices: 'a list',
  consent: 'true or false',
};

/** An answer has one kind, whichever question it comes from. Whether it fits where it is written is said there. */
export function checkFields(fields: Fields): readonly Finding[] {
  return [...fields].flatMap(([field, [first, ...others]]) => {
    const input = first?.ask.input;
    return others.flatMap(({ id, ask }) => {
      if (first === undefined || input === undefined || ask.input === undefined) return [];
      const [kind, other] = [KINDS[input], KINDS[ask.input]];
      if (kind === other) return [];
      const message = `"${first.id}" asks for "${field}" as "${input}", which is ${kind}, and this is ${other}; ask for the same kind here, or for another field`;
      return [finding('mixed-inputs', ['nodes', id, 'input'], message)];
    });
  });
}
