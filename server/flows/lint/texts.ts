/** The words of a flow: their locales, and where their links lead. */
import type { Text } from '../../../widget/contract/flow.ts';
import { isSafeLink } from '../../../widget/flow/markup.ts';
import type { DraftFlow, DraftNode } from './draft.ts';
import { finding, type Finding, type Path } from './finding.ts';
import { closest, didYouMean, listed } from './suggest.ts';

/** Locale of a flow that names none. */
const DEFAULT_LOCALE = 'en';

/** One text, in one locale or in several. */
export interface Words {
  readonly path: Path;
  readonly text: Text;
  /** Whether it is read as Markdown. Labels are not. */
  readonly isMarkup: boolean;
}

/** Every text of a node. */
export function wordsOf(id: string, node: DraftNode): readonly Words[] {
  const words = (text: Text | undefined, isMarkup: boolean, ...path: Path): readonly Words[] =>
    text === undefined ? [] : [{ path: ['nodes', id, ...path], text, isMarkup }];
  switch (node.type) {
    case 'message':
      return [
        ...words(node.text, true, 'text'),
        ...(node.bubbles ?? []).flatMap((bubble = {}, index) => [
          ...('text' in bubble ? words(bubble.text, true, 'bubbles', index, 'text') : []),
          ...('alt' in bubble ? words(bubble.alt, false, 'bubbles', index, 'alt') : []),
        ]),
      ];
    case 'ask':
      return [
        ...words(node.text, true, 'text'),
        ...words(node.retry?.text, true, 'retry', 'text'),
        ...('options' in node
          ? (node.options ?? []).flatMap((option, index) =>
              words(option?.text, false, 'options', index, 'text'),
            )
          : []),
        ...('low' in node ? words(node.low, false, 'low') : []),
        ...('high' in node ? words(node.high, false, 'high') : []),
        ...('yes' in node ? words(node.yes, false, 'yes') : []),
        ...('no' in node ? words(node.no, false, 'no') : []),
      ];
    case 'handoff':
      return [
        ...words(node.text, true, 'text'),
        ...(node.offers ?? []).flatMap((offer, index) => words(offer?.text, false, 'offers', index, 'text')),
      ];
    case 'end':
      return words(node.text, true, 'text');
    default:
      return [];
  }
}

/** The words of a text, each with its path. */
export function versionsOf({ path, text }: Words): readonly { readonly path: Path; readonly text: string }[] {
  return typeof text === 'string'
    ? [{ path, text }]
    : Object.entries(text).map(([locale, each]) => ({ path: [...path, locale], text: each }));
}

/** Tags are the same in any case (RFC 5646, section 2.1.1). */
function isSameTag(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function languageOf(tag: string): string {
  return tag.split('-', 1)[0] ?? tag;
}

const LANGUAGES = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });

/** Whether a tag is well-formed and of a language that there is. */
function isLocale(tag: string): boolean {
  try {
    return LANGUAGES.of(Intl.getCanonicalLocales(tag)[0] ?? '') !== undefined;
  } catch {
    return false;
  }
}

/** A text of several locales, and those of them that are locales. */
interface Several {
  readonly path: Path;
  readonly tags: readonly string[];
}

export function checkLocales(flow: DraftFlow): readonly Finding[] {
  const texts = [...flow.nodes].flatMap(([id, node]) => wordsOf(id, node));
  const several: readonly Several[] = texts.flatMap(({ path, text }) =>
    typeof text === 'string' ? [] : [{ path, tags: Object.keys(text) }],
  );
  const own = flow.locale ?? DEFAULT_LOCALE;
  const good = [...new Set([own, ...several.flatMap(({ tags }) => tags)])].filter(isLocale);
  return [
    ...(isLocale(own) ? [] : [badLocale(own, ['locale'], good)]),
    ...several.flatMap(({ path, tags }) =>
      tags.filter((tag) => !isLocale(tag)).map((tag) => badLocale(tag, [...path, tag], good)),
    ),
    ...checkComplete(several, isLocale(own) ? own : undefined),
  ];
}

function badLocale(tag: string, path: Path, known: readonly string[]): Finding {
  const others = known.filter((each) => each !== tag);
  // "jp" and "ja": what they have in common is the first letter, and that there is no other choice.
  const guess = closest(tag, others) ?? others.find((each) => each.startsWith(tag.slice(0, 1)));
  const message = `"${tag}" is no language tag of BCP 47, such as "en" or "pt-BR"${didYouMean(guess)}`;
  return finding('bad-locale', path, message);
}

/** Each text of several locales should be there in all locales that the flow has; one in `pt` is there in `pt-BR` too. */
function checkComplete(several: readonly Several[], own: string | undefined): readonly Finding[] {
  // What a text lacks that has a locale misspelt is what is misspelt.
  const sound = several.filter(({ tags }) => tags.every(isLocale));
  const strays = straysOf(sound);
  const wanted = new Map<string, string>();
  for (const tag of [...(own === undefined ? [] : [own]), ...sound.flatMap(({ tags }) => tags)]) {
    if (!strays.has(tag) && !wanted.has(tag.toLowerCase())) wanted.set(tag.toLowerCase(), tag);
  }
  return sound.flatMap(({ path, tags }) => {
    if (tags.length === 0) return [finding('missing-locale', path, 'has no text in any locale')];
    const has = (tag: string) =>
      tags.some((each) => isSameTag(each, tag) || isSameTag(each, languageOf(tag)));
    const lacking = [...wanted.values()].filter((tag) => !has(tag)).map((tag) => `"${tag}"`);
    const stray = tags.find((tag) => strays.has(tag));
    const hint = stray === undefined ? '' : `; it alone has "${stray}"`;
    const message = `has no text in ${listed(lacking)}, in which others are${hint}`;
    return lacking.length === 0 ? [] : [finding('missing-locale', path, message)];
  });
}

/** Locales that one text alone has in place of another of the same language (`pt-PT` for `pt-BR`), which it lacks. */
function straysOf(several: readonly Several[]): ReadonlySet<string> {
  const uses = new Map<string, number>();
  for (const { tags } of several) for (const tag of tags) uses.set(tag, (uses.get(tag) ?? 0) + 1);
  const isStray = (tag: string, tags: readonly string[]) =>
    uses.get(tag) === 1 &&
    [...uses].some(
      ([other, count]) => count > 1 && languageOf(other) === languageOf(tag) && !tags.includes(other),
    );
  return new Set(several.flatMap(({ tags }) => tags.filter((tag) => isStray(tag, tags))));
}

/** A link as Markdown writes it, whether or not its address may be followed. */
const LINK = /(?<!\\)\[[^[\]]*\]\(([^\s()]*(?:\([^\s()]*\)[^\s()]*)*)\)/g;

/** Links of texts and offers, and addresses of pictures. */
export function checkLinks({ nodes }: DraftFlow): readonly Finding[] {
  return [...nodes].flatMap(([id, node]) => [
    ...wordsOf(id, node)
      .filter(({ isMarkup }) => isMarkup)
      .flatMap(versionsOf)
      .flatMap(({ path, text }) =>
        [...text.matchAll(LINK)].flatMap(([, href = '']) => checkLink(href, path)),
      ),
    ...(node.type === 'message' ? (node.bubbles ?? []) : []).flatMap((bubble = {}, index) =>
      'image' in bubble ? checkImage(bubble.image, ['nodes', id, 'bubbles', index, 'image']) : [],
    ),
    ...(node.type === 'handoff' ? (node.offers ?? []) : []).flatMap((offer = {}, index) => [
      ...('link' in offer ? checkLink(offer.link, ['nodes', id, 'offers', index, 'link']) : []),
      ...('phone' in offer ? checkPhone(offer.phone, ['nodes', id, 'offers', index, 'phone']) : []),
    ]),
  ]);
}

function checkLink(href: string, path: Path): readonly Finding[] {
  if (isSafeLink(href)) return [];
  const guess = href.includes('@') ? `mailto:${href}` : `https://${href}`;
  const isBare = /^[\w.@-]+\.[a-z]{2,}(?:[/?#]|$)/i.test(href);
  const should = 'a link should begin with https:, http:, mailto:, tel: or a path of the page';
  return [
    finding(
      'unsafe-link',
      path,
      `"${href}" is not followed: ${should}${didYouMean(isBare ? guess : undefined)}`,
    ),
  ];
}

function checkImage(address: string, path: Path): readonly Finding[] {
  if (/^(?:https:\/\/[^\s{}]+|\.?\/(?!\/)[^\s{}]*)$/i.test(address)) return [];
  const message = `"${address}" is not shown: a picture should be at https:// or a path of the page, without a template`;
  return [finding('unsafe-link', path, message)];
}

/** E.164: at most 15 digits; no country has fewer than 7 with its code. */
export const PHONE = /^\+[1-9]\d{6,14}$/;

function checkPhone(phone: string, path: Path): readonly Finding[] {
  if (PHONE.test(phone)) return [];
  const digits = phone.replace(/[\s()./-]/g, '');
  const guess = PHONE.test(digits) ? digits : undefined;
  const message = `"${phone}" should be a number with its country code, such as "+442079460000"${didYouMean(guess)}`;
  return [finding('bad-phone', path, message)];
}
