/** What a simulation prints: plain lines that say what they are. How that looks is the terminal's. */

export interface Line {
  readonly kind: LineKind;
  /** May have several lines in it. */
  readonly text: string;
}

export type LineKind =
  /** One thing that the brand said. */
  | 'brand'
  /** What the visitor said. */
  | 'visitor'
  /** How an answer was understood. */
  | 'echo'
  /** What can be typed. */
  | 'hint'
  /** Why a line was not taken. */
  | 'refusal'
  /** What happens behind the conversation. */
  | 'note'
  /** What begins here. */
  | 'heading'
  /** JSON. */
  | 'data';

export const line =
  (kind: LineKind) =>
  (text: string): Line => ({ kind, text });

export const hint = line('hint');
export const note = line('note');

/** What it is, and a value as JSON. */
export function dataLines(words: string, value: unknown): readonly Line[] {
  return [hint(words), line('data')(jsonText(value))];
}

/** Characters of a JSON value that stands on one line. */
const ROW_LENGTH = 70;

/** JSON in which small things stand on one line. */
function jsonText(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined) as [string, unknown][];
  const parts = entries.map(
    ([key, item]) => `${isList ? '' : `${JSON.stringify(key)}: `}${jsonText(item, inner)}`,
  );
  const row = isList ? `[${parts.join(', ')}]` : `{ ${parts.join(', ')} }`;
  if (parts.length === 0) return isList ? '[]' : '{}';
  if (row.length + indent.length <= ROW_LENGTH && !row.includes('\n')) return row;
  const [open, close] = isList ? '[]' : '{}';
  return `${open}\n${parts.map((part) => `${inner}${part}`).join(',\n')}\n${indent}${close}`;
}
