/** What lint reports: the one shape of a mistake, and every kind that there is. */

export type Severity = 'error' | 'warning';

/** Keys and indexes from the top of the file. */
export type Path = readonly (string | number)[];

/**
 * Every kind of mistake, and how much it matters. The relay refuses a flow that has errors. A warning is something that is
 * likely not meant, but works as it is written.
 */
const SEVERITIES = {
  'json-syntax': 'error',
  'duplicate-key': 'error',
  'unknown-type': 'error',
  'unknown-input': 'error',
  'unknown-call': 'error',
  'unknown-key': 'error',
  'missing-key': 'error',
  'missing-route': 'error',
  'wrong-value': 'error',
  'duplicate-flow': 'error',

  'unknown-node': 'error',
  'unreachable-node': 'error',
  'loop-without-ask': 'error',
  'no-way-to-end': 'error',

  'malformed-template': 'error',
  'near-template': 'warning',
  'unknown-path': 'error',
  'unknown-answer': 'error',
  'answer-not-asked-yet': 'error',
  'unused-answer': 'warning',

  'unknown-operator': 'error',
  'bad-condition': 'error',
  'computed-path': 'error',
  'constant-condition': 'error',
  'impossible-comparison': 'error',

  'unknown-kept': 'error',
  'not-revealed': 'error',

  'empty-action': 'error',
  'same-for-everybody': 'error',
  'reserved-outcome': 'error',
  'unknown-outcome': 'error',
  'reserved-attribute': 'error',
  'bad-attribute-name': 'error',
  'near-standard-attribute': 'error',
  'like-standard-attribute': 'warning',
  'attribute-type': 'error',
  'no-consent': 'error',
  'bad-event-name': 'error',
  'templated-event-name': 'error',
  'reserved-property': 'error',
  'bad-property-name': 'error',

  'bad-locale': 'error',
  'missing-locale': 'error',
  'unsafe-link': 'error',
  'bad-phone': 'error',
  'key-in-flow': 'error',

  'impossible-date': 'error',
  'impossible-bounds': 'error',
  'duplicate-option': 'error',
  'bad-pattern': 'error',
  'slow-pattern': 'error',
  'unknown-country': 'error',
  'unknown-autocomplete': 'error',
  'missing-autocomplete': 'warning',
  'mixed-inputs': 'error',
} as const satisfies Readonly<Record<string, Severity>>;

export type LintCode = keyof typeof SEVERITIES;

export const LINT_CODES = Object.keys(SEVERITIES) as readonly LintCode[];

/** One mistake. */
export interface Finding {
  readonly code: LintCode;
  readonly severity: Severity;
  readonly path: Path;
  /** What is wrong and what would be right, in one sentence that leaves out the path. */
  readonly message: string;
}

/** Lines and columns count from 1, columns in UTF-16 units. The end is behind the last character. */
export interface Range {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A mistake, and where it stands in the text, when the text is at hand. */
export type LocatedFinding = Finding & Partial<Range>;

export function finding(code: LintCode, path: Path, message: string): Finding {
  return { code, severity: SEVERITIES[code], path, message };
}

export function isError({ severity }: Finding): boolean {
  return severity === 'error';
}

/**
 * The line that the CLI and the relay print, as compilers do where the place is known, so that editors and terminals make it a link:
 * `flows/welcome.json:8:15: error: nodes.hello.next: there is no node "nmae"; did you mean "name"? [unknown-node]`.
 * @param source names the flow: a file, or its place in a list
 */
export function lineOf(
  { line, column, severity, code, path, message }: LocatedFinding,
  source: string,
): string {
  const words = `${path.length === 0 ? '(the whole file)' : path.join('.')}: ${message} [${code}]`;
  return line === undefined || column === undefined
    ? words
    : `${source}:${line}:${column}: ${severity}: ${words}`;
}
