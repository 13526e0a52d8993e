/**
 * The widget's own words. Of each locale there are two chunks, of which a visitor fetches theirs: what every conversation may have to say,
 * and the rest, fetched with what says it.
 */
import type { RefusalCode } from '../flow/answer.ts';

export interface Words {
  /** BCP 47 tag of the words themselves. */
  readonly locale: string;
  readonly direction: 'ltr' | 'rtl';
  /** Where the brand has no name. */
  readonly title: string;
  /** What has been said, as a region of the page. */
  readonly transcript: string;
  readonly close: string;
  readonly send: string;
  readonly skip: string;
  /** Leaves an answer that the visitor went back to as it is. */
  readonly keep: string;
  readonly restart: string;
  readonly retry: string;
  readonly writing: string;
  readonly failed: string;
  readonly changed: string;
  /** Shown while something waits for delivery. */
  readonly waiting: string;
  /** Shown besides while the browser has no network. */
  readonly offline: string;
  /** Before what each side says, for screen readers and in a copy. */
  readonly brandSays: string;
  readonly visitorSays: string;
  /** In the place of an answer to a question that was passed over. */
  readonly skipped: string;
  /** On the button that goes back to a question, and the button's whole name. */
  readonly change: string;
  readonly changeAnswer: (question: string) => string;
  /** What else can be done: start again, copy. */
  readonly menu: string;
  /** Only among all the words. */
  readonly consent?: ConsentWords;
  /** Why an answer was not taken: to a question for text, an e-mail address or a choice. */
  readonly refusals: Refusals<
    'required' | 'too_short' | 'too_long' | 'pattern' | 'email' | 'choice' | 'refused'
  >;
}

/** With what the menu, the widget's own question and the inputs that only some flows have say. */
export interface AllWords extends Words {
  readonly copy: string;
  readonly copied: string;
  /** Where the browser does not let it be copied. */
  readonly notCopied: string;
  /** Of a question for consent that names no answers. */
  readonly yes: string;
  readonly no: string;
  readonly rating: (given: string, highest: string) => string;
  readonly dateParts: Readonly<Record<'day' | 'month' | 'year', string>>;
  /** The widget's own question, before anything is kept and sent. */
  readonly consent: ConsentWords;
  readonly refusals: Refusals<RefusalCode>;
}

type Refusals<Code extends RefusalCode> = Readonly<
  Record<Code, RefusalWords> & Partial<Record<RefusalCode, RefusalWords>>
>;

/**
 * @param limit a number or a date in words, where the refusal has one
 * @param count the number itself, for its plural
 */
export type RefusalWords = (limit: string, count?: number) => string;

export interface ConsentWords {
  readonly text: string;
  readonly yes: string;
  readonly no: string;
}

/** Words that a page has its own for, all or some (`docs/words.md`). */
export type WordOverrides = { readonly [Key in keyof AllWords]?: Override<AllWords[Key]> };

type Override<Word> = Word extends string
  ? Word
  : Word extends (...values: never[]) => string
    ? Word | Template
    : { readonly [Key in keyof Word]?: Override<Word[Key]> };

/** Text with `{0}` and `{1}` where values go; or one for each plural form of the number, of which `other` has to be there. */
export type Template =
  string | ({ readonly other: string } & Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>);

/** What the chunk of a locale has. */
export interface Locale {
  readonly words: Words;
  /** Fetches the rest. Rejects where it cannot be had. */
  readonly all: () => Promise<{ readonly words: AllWords }>;
}

const LOADERS = {
  en: () => import('./en.ts'),
  ja: () => import('./ja.ts'),
  'pt-BR': () => import('./pt-BR.ts'),
  es: () => import('./es.ts'),
  fr: () => import('./fr.ts'),
  de: () => import('./de.ts'),
  ar: () => import('./ar.ts'),
} satisfies Readonly<Record<string, () => Promise<Locale>>>;

export type LocaleTag = keyof typeof LOADERS;

/**
 * The locale in which the widget speaks: the first of these that it has words for, by their language alone; else English.
 * BCP 47 tags; a page may call its language what is none, such as `en_US`.
 * @param attribute what the page says of the chat
 * @param document what it says of itself
 * @param browser what the visitor prefers, in that order
 */
export function wordsLocale(attribute: string, document: string, browser: readonly string[]): LocaleTag {
  for (const wanted of [attribute, document, ...browser]) {
    const [language] = /[a-z]+/i.exec(wanted) ?? [];
    const own = Object.keys(LOADERS).find((tag) => tag.slice(0, 2) === language?.toLowerCase());
    if (own) return own as LocaleTag;
  }
  return 'en';
}

/** The nearest that there is. @param wanted BCP 47 tag */
export const localeFor = (wanted: string): LocaleTag => wordsLocale(wanted, '', []);

/**
 * Rejects where they cannot be had.
 * @param overrides `WordOverrides`, or JSON of them; nothing where there are none. Where they cannot be had, the widget's own words are said
 */
export function loadLocale(tag: LocaleTag, overrides?: unknown): Promise<Locale> {
  const own = LOADERS[tag]();
  if (!overrides) return own;
  return import('./override.ts')
    .then(({ overrideLocale }) => overrideLocale(own, overrides))
    .catch(() => own);
}

/**
 * All of them. Rejects where they cannot be had.
 * @param wanted BCP 47 tag
 * @param overrides as `loadLocale` takes them
 */
export async function loadWords(wanted: string, overrides?: unknown): Promise<AllWords> {
  const { all } = await loadLocale(localeFor(wanted), overrides);
  return (await all()).words;
}
