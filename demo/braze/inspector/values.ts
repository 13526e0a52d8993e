/** Templates for JSON that anybody may have written: all of it is rendered as text. */
import { html, nothing, type TemplateResult } from 'lit';

/** A body of 4 MB would stop the page for seconds: of a longer text the beginning is drawn. */
export const MAX_CHARACTERS = 40_000;

/** What is coloured is an element each, of which a page bears fewer: the rest of the text is plain. */
const MAX_COLOURED = 2_000;

/** Rows, or values in a row, that are drawn: anybody may have sent thousands. */
const MAX_VALUES = 500;

/** Names and values, one row each; a sentence if there are none. */
export function valuesTemplate(values: Readonly<Record<string, unknown>>, ifNone: string): TemplateResult<1> {
  const entries = Object.entries(values);
  if (entries.length === 0) return html`<p class="muted">${ifNone}</p>`;
  return html`<dl>
      ${entries.slice(0, MAX_VALUES).map(
        ([name, value]) =>
          html`<div>
            <dt><bdi>${name}</bdi></dt>
            <dd>${valueTemplate(value)}</dd>
          </div>`,
      )}
    </dl>
    ${entries.length > MAX_VALUES ? html`<p class="muted">${moreText(entries)}</p>` : nothing}`;
}

function valueTemplate(value: unknown): TemplateResult<1> {
  if (typeof value === 'string') return html`<bdi>${beginningOf(value)}</bdi>`;
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return listTemplate(value);
  if (typeof value === 'object' && value !== null) return jsonTemplate(value);
  return html`<span class="number">${String(value)}</span>`;
}

function listTemplate(items: readonly unknown[]): TemplateResult<1> {
  return html`<ul class="values">
    ${items.slice(0, MAX_VALUES).map((item) => html`<li><bdi>${beginningOf(String(item))}</bdi></li>`)}
    ${items.length > MAX_VALUES ? html`<li class="muted">${moreText(items)}</li>` : nothing}
  </ul>`;
}

function moreText({ length }: readonly unknown[]): string {
  return `… and ${(length - MAX_VALUES).toLocaleString('en')} more`;
}

const token = /("(?:\\.|[^"\\])*")(\s*:)?|-?\d[\d.eE+-]*|true|false|null/g;

/** JSON in colour, indented. */
export function jsonTemplate(value: unknown): TemplateResult<1> {
  const text = beginningOf(indented(JSON.stringify(value)));
  const parts: (string | TemplateResult<1>)[] = [];
  let end = 0;
  for (const match of text.matchAll(token)) {
    if (parts.length >= MAX_COLOURED * 3) break;
    const [whole, quoted, colon] = match;
    parts.push(
      text.slice(end, match.index),
      tokenTemplate(quoted ?? whole, tokenClass(quoted, colon)),
      colon ?? '',
    );
    end = match.index + whole.length;
  }
  return preformatted([...parts, text.slice(end)]);
}

/** What an indentation goes by: a text, something empty, a bracket, a comma, a colon, or anything else. */
const piece = /"(?:\\.|[^"\\])*"|\[\]|\{\}|[[\]{},:]|[^"[\]{},:]+/g;

/**
 * JSON in lines, up to somewhat more than is drawn. `JSON.stringify` with blanks would go on to the end, and of one MB in
 * deep brackets make hundreds.
 *
 * @param json without blanks
 */
function indented(json: string): string {
  let text = '';
  let depth = 0;
  const line = (): string => `\n${'  '.repeat(depth)}`;
  for (const [part] of json.matchAll(piece)) {
    if (text.length > MAX_CHARACTERS) break;
    if (part === '[' || part === '{') {
      depth += 1;
      text += part + line();
    } else if (part === ']' || part === '}') {
      depth -= 1;
      text += line() + part;
    } else if (part === ',') {
      text += part + line();
    } else {
      text += part === ':' ? ': ' : part;
    }
  }
  return text;
}

function tokenClass(quoted: string | undefined, colon: string | undefined): string {
  if (quoted === undefined) return 'json-other';
  return colon === undefined ? 'json-text' : 'json-key';
}

function tokenTemplate(text: string, className: string): TemplateResult<1> {
  return html`<span class=${className}>${text}</span>`;
}

/** As much of a text as is drawn. */
export function beginningOf(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}

/** Text as it came. */
export function preformatted(content: unknown): TemplateResult<1> {
  // One line: within <pre> every blank of the template would show.
  // prettier-ignore
  return html`<pre>${content}</pre>`;
}
