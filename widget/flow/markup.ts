/**
 * The Markdown of texts: `**strong**`, `*em*`, `[words](https://example.com)`, and a backslash before a mark that is to be read
 * as itself. A line break is one. Everything else is the text that it is, HTML included. Fetched with the flows that have a mark.
 */
import { fillAddress, fillText } from './template.ts';

export type Span =
  | string
  | { readonly strong: readonly Span[] }
  | { readonly em: readonly Span[] }
  | { readonly link: string; readonly content: readonly Span[] };

/** A template is read over: what stands in it is no mark. */
const TEMPLATE = /\{\{(?:[^"{}]|"[^"]*")*\}\}/.source;

/** Some text, in which nothing stands that is not text. Each part can be read one way only, so that reading never tries again. */
const textOf = (character: string) => `(?:${TEMPLATE}|\\\\[^]|(?!${TEMPLATE})${character})`;

/** Two stars end it; a third one belongs to what stands within. */
const STRONG = `\\*\\*(?!\\s)(?<strong>${textOf('(?!\\*\\*(?!\\*))[^\\\\]')}+)(?<!\\s)\\*\\*`;

const EM = `\\*(?![\\s*])(?<em>(?:${STRONG.replace('?<strong>', '?:')}|${textOf('[^*\\\\]')})+)(?<!\\s)\\*`;

/** The address may itself have one pair of parentheses, as those of Wikipedia do. */
const LINK = `\\[(?<words>${textOf('[^[\\]\\\\]')}+)\\]\\((?<link>(?:${TEMPLATE}|[^\\s(){}]|\\([^\\s()]*\\))+)\\)`;

const MARKS = new RegExp(`\\\\(?<escaped>[!-/:-@[-\`|~])|${TEMPLATE}|${STRONG}|${EM}|${LINK}`, 'g');

const SAFE_LINK = /^(?:https?:|mailto:|tel:|\/|#|\?|\.\/)/i;

/** Whether an address may be followed from the page: none that runs a script. */
export function isSafeLink(href: string): boolean {
  return SAFE_LINK.test(href);
}

/** How deep marks may stand within marks: strong, in em, in a link. */
const DEPTH = 4;

/** Never fails: a mark without its counterpart is text. Templates are left to be filled. */
export function parseMarkup(text: string, depth = DEPTH): readonly Span[] {
  if (depth === 0) return [text];
  const spans: Span[] = [];
  /** Neighbouring strings are one, and none is empty. */
  const say = (words: string) => {
    const last = spans.at(-1);
    if (typeof last === 'string') spans[spans.length - 1] = last + words;
    else if (words !== '') spans.push(words);
  };
  let end = 0;
  for (const { 0: whole, index, groups = {} } of text.matchAll(MARKS)) {
    const { escaped = whole, strong, em, words, link } = groups;
    say(text.slice(end, index));
    end = index + whole.length;
    if (strong) spans.push({ strong: parseMarkup(strong, depth - 1) });
    else if (em) spans.push({ em: parseMarkup(em, depth - 1) });
    else if (words && link && isSafeLink(link)) spans.push({ link, content: parseMarkup(words, depth - 1) });
    else say(escaped);
  }
  say(text.slice(end));
  return spans;
}

/** Reads a text, and fills it then: an answer is never markup itself, and in a link's address it is percent-encoded. */
export type ReadMarkup = (text: string, context: unknown) => readonly Span[];

export const readMarkup: ReadMarkup = (text, context) => fillSpans(parseMarkup(text), context);

const fillSpans = (spans: readonly Span[], context: unknown): readonly Span[] =>
  spans.map((span): Span => {
    if (typeof span === 'string') return fillText(span, context);
    const fill = (within: readonly Span[]) => fillSpans(within, context);
    if ('strong' in span) return { strong: fill(span.strong) };
    if ('em' in span) return { em: fill(span.em) };
    return { link: fillAddress(span.link, context), content: fill(span.content) };
  });
