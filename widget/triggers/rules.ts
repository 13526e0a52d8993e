/** The language of `data-trigger`, what holds of it at a moment, and how visits are told apart. Pure. */

export type Kind = 'delay' | 'scroll' | 'exit' | 'visit' | 'tag';

export interface Rule {
  readonly kind: Kind;
  /** From what on it holds: seconds, per cent, the number of the visit, or 1 of an exit. None of tags: NaN. */
  readonly from: number;
  readonly tags: readonly string[];
}

/** What is so on the page just now. */
export interface Moment {
  /** Seconds for which the page was looked at. */
  readonly delay: number;
  /** Per cent of what can be scrolled, at most until now. */
  readonly scroll: number;
  /** 1, once the pointer has left. */
  readonly exit: number;
  /** Number of the visit. */
  readonly visit: number;
  /** Of the page, in normal form. */
  readonly tag: readonly string[];
}

/** What stands behind each word. A delay has fewer digits than a browser's timer overflows at (24 days). */
const FORMS: Readonly<Record<Kind, RegExp>> = {
  delay: /^\d{1,6}(\.\d+)?s?$/,
  scroll: /^([1-9]\d?|100)%?$/,
  exit: /^$/,
  visit: /^[1-9]\d*$/,
  tag: /[\p{L}\p{N}]/u,
};

const RIGHT = 'delay 10 (seconds); scroll 50 (per cent); exit; visit 2; tag pricing, suv';

const isKind = (word: string): word is Kind => Object.hasOwn(FORMS, word);

/**
 * @param text `delay 10; scroll 50; exit; visit 2; tag pricing, suv`
 * @param name of the attribute
 * @param complain is told of each part that cannot be read, which is passed over
 */
export const readRules = (text: string, name: string, complain: (problem: string) => void): readonly Rule[] =>
  text.split(';').flatMap((given) => {
    const part = given.trim();
    const [kind = '', argument = ''] = part.toLowerCase().split(/\s+(.*)/s);
    if (isKind(kind) && FORMS[kind].test(argument)) {
      return { kind, from: kind === 'exit' ? 1 : parseFloat(argument), tags: tagsFrom(argument) };
    }
    if (part) complain(unknown(name, part, RIGHT));
    return [];
  });

export const unknown = (name: string, read: string, right: string): string =>
  `Parley: ${name} "${read}" is unknown. Right would be: ${right}.`;

export const isMet = ({ kind, from, tags }: Rule, moment: Moment): boolean =>
  kind === 'tag' ? tags.some((tag) => moment.tag.includes(tag)) : moment[kind] >= from;

/** In the form that tags have everywhere (`page/tag-sources.ts`, which is not imported: it is part of another file). */
export const tagsFrom = (told: string): readonly string[] =>
  told
    .normalize('NFKC')
    .toLowerCase()
    .split(/[,>]/)
    .map((tag) => tag.replace(/[^\p{L}\p{M}\p{N}\-_:/.]+/gu, ' ').trim())
    .filter(Boolean);

/** Milliseconds without a page after which the next one is another visit, as for what flows are told (`page/visits.ts`). */
const PAUSE = 30 * 60_000;

/**
 * @param kept `<number of the visit> <time of its last page>`; the page's own code may have written anything there
 * @param now milliseconds since 1970
 * @returns the number of the visit that this page belongs to
 */
export function visitAt(kept: string | null, now: number): number {
  const [count = 0, last = 0] = (kept ?? '').split(' ').map(Number);
  return count >= 1 ? count + (Math.abs(now - last) < PAUSE ? 0 : 1) : 1;
}
