/** What tags are, and what in a page tells them. Nothing of a form is read: neither what a visitor typed nor what stands in a field. */
import type { PathTags } from '../contract/site.ts';
import { valueAt } from '../flow/path.ts';
import { attempt, decoded, isPersonal } from './path.ts';

/** The newest of them are kept. */
const MAX_TAGS = 20;

/** Longest tag, in UTF-16 units. */
const MAX_LENGTH = 40;

/** Room for the tags that are kept, with commas and spaces. A longer text is none of tags. */
const MAX_TEXT = 1000;

/** Longest JSON-LD that is read, in UTF-16 units: a large one of a product has some 10,000. */
const MAX_JSON = 50_000;

/** Of all these, those told last: each once, the newest last. */
export const mergeTags = (...told: readonly (readonly string[])[]): readonly string[] =>
  [...new Set(told.flat().reverse())].slice(0, MAX_TAGS).reverse();

/**
 * Tags of a text, or of the last texts of a list, with `,` or `>` between them, as in `Clothing > Shoes`. They are put in lower case, with
 * a space for whatever is no letter, no digit and none of `-_:/.`. What is too long, no text, or may be about one person is passed over.
 */
export const tagsFrom = (told: unknown): readonly string[] =>
  mergeTags(
    [told]
      .flat()
      .slice(-MAX_TAGS)
      .filter((text) => typeof text === 'string' && text.length <= MAX_TEXT)
      .join()
      .split(/[,>]/)
      .flatMap((text) => {
        const tag = text
          .normalize('NFKC')
          .toLowerCase()
          .replace(/[^\p{L}\p{M}\p{N}\-_:/.]+/gu, ' ')
          .trim();
        return tag && tag.length <= MAX_LENGTH && !isPersonal(text) ? tag : [];
      }),
  );

/** `<meta name="parley:tag" content="pricing, suv">`, `<meta property="og:type" content="article">` */
export const metaTags = (element: Element): readonly string[] => tagsFrom(element.getAttribute('content'));

/** Of an element that has tags for who sees it or, with `data-parley-tag-on="click"`, for who clicks on it or on what is in it. */
export const TAG = 'data-parley-tag';
export const ON = `${TAG}-on`;

/** For who did this with it. On the way of a click there are the document and the window, too. */
export const elementTags = (element: Partial<Element>, on = ''): readonly string[] =>
  (element.getAttribute?.(ON) ?? '') === on ? tagsFrom(element.getAttribute?.(TAG)) : [];

/** `@type` and `category` of JSON-LD, also of what is in its `@graph`. */
export const schemaTags = ({ textContent: json }: Element): readonly string[] =>
  // It may be broken, or too deep to be walked.
  attempt(() => schemaTagsOf(json.length <= MAX_JSON && JSON.parse(json)), []);

const schemaTagsOf = (nodes: unknown): readonly string[] =>
  ([nodes].flat() as (Readonly<Record<string, unknown>> | null)[]).flatMap((node) =>
    node
      ? [
          // `https://schema.org/Product`, `schema:Product`
          ...tagsFrom(node['@type']).map((type) => type.replace(/.*[/:#](?=.)/, '')),
          ...tagsFrom(node['category']),
          ...schemaTagsOf(node['@graph']),
        ]
      : [],
  );

/** Of the rules that fit. A path may end in `/` or not, and be encoded or not. */
export function pathTags(pathname: string, rules: readonly PathTags[] = []): readonly string[] {
  const segments = segmentsOf(pathname);
  return rules.flatMap(({ path, tags }) => {
    // What the path would be if the rule fitted.
    const fitting = segmentsOf(path).flatMap((wanted, index) =>
      wanted === '**' ? segments.slice(index) : wanted === '*' ? (segments[index] ?? wanted) : wanted,
    );
    return fitting.join('/') === segments.join('/') ? tagsFrom(tags) : [];
  });
}

const segmentsOf = (path: string): string[] => decoded(path).match(/[^/]+/g) ?? [];

/** What an entry of `dataLayer` has under these keys. No other is read: what a page has there throws, or goes round in circles. */
export const layerTags = (entry: unknown, keys: readonly string[]): readonly string[] =>
  keys.flatMap((key) => attempt(() => tagsFrom(valueAt(entry, key)), []));
