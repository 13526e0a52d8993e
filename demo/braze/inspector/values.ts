/** Templates for JSON that anybody may have written: all of it is rendered as text. */
import { html, type TemplateResult } from 'lit';

/** Names and values, one row each; a sentence if there are none. */
export function valuesTemplate(values: Readonly<Record<string, unknown>>, ifNone: string): TemplateResult<1> {
  const entries = Object.entries(values);
  if (entries.length === 0) return html`<p class="muted">${ifNone}</p>`;
  return html`<dl>
    ${entries.map(
      ([name, value]) =>
        html`<div>
          <dt><bdi>${name}</bdi></dt>
          <dd>${valueTemplate(value)}</dd>
        </div>`,
    )}
  </dl>`;
}

function valueTemplate(value: unknown): TemplateResult<1> {
  if (typeof value === 'string') return html`<bdi>${value}</bdi>`;
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    return html`<ul class="values">
      ${value.map((item) => html`<li><bdi>${String(item)}</bdi></li>`)}
    </ul>`;
  }
  if (typeof value === 'object' && value !== null) return jsonTemplate(value);
  return html`<span class="number">${String(value)}</span>`;
}

const token = /("(?:\\.|[^"\\])*")(\s*:)?|-?\d[\d.eE+-]*|true|false|null/g;

/** JSON in colour, indented. */
export function jsonTemplate(value: unknown): TemplateResult<1> {
  const text = JSON.stringify(value, undefined, 2);
  const parts: (string | TemplateResult<1>)[] = [];
  let end = 0;
  for (const match of text.matchAll(token)) {
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

function tokenClass(quoted: string | undefined, colon: string | undefined): string {
  if (quoted === undefined) return 'json-other';
  return colon === undefined ? 'json-text' : 'json-key';
}

function tokenTemplate(text: string, className: string): TemplateResult<1> {
  return html`<span class=${className}>${text}</span>`;
}

/** Text as it came. */
export function preformatted(content: unknown): TemplateResult<1> {
  // One line: within <pre> every blank of the template would show.
  // prettier-ignore
  return html`<pre>${content}</pre>`;
}
