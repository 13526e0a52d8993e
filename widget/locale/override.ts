/** The words that a page has its own for, in the place of the widget's: fetched only there. */
import type { AllWords, Locale, Template } from './words.ts';

type Tree = Readonly<Record<string, unknown>>;
type Say = (...values: (string | number | undefined)[]) => string;

/** A locale as the page speaks it: whatever is overridden, all of its words are there at once. Rejects where they cannot be had. */
export async function overrideLocale(own: Promise<Locale>, given: unknown): Promise<Locale> {
  const { all } = await own;
  const words = overrideWords((await all()).words, given);
  return { words, all: async () => ({ words }) };
}

/**
 * The words with those of the page among them. What is no word of the widget, or cannot stand for it, is left out, with one warning for all.
 * @param given `WordOverrides`, or JSON of them, as an attribute has it
 */
export function overrideWords(words: AllWords, given: unknown): AllWords {
  const faults: string[] = [];
  const read = readTree(given);
  const locale = read?.['locale'];
  const merged =
    read && merge(words as unknown as Tree, read, '', isTag(locale) ? locale : words.locale, faults);
  if (!merged) faults.push('they should be a JSON object');
  if (faults.length > 0) console.warn(`Parley: not all words of this page are said: ${faults.join('; ')}.`);
  return (merged ?? words) as unknown as AllWords;
}

/** @param locale by whose rules a number has its plural */
function merge(words: Tree, given: Tree, path: string, locale: string, faults: string[]): Tree {
  const merged: Record<string, unknown> = { ...words };
  for (const [key, value] of Object.entries(given)) {
    const name = path + key;
    const word = Object.hasOwn(words, key) ? words[key] : undefined;
    const wanted = shouldBe(name, word, value);
    if (wanted) faults.push(`"${name}" ${wanted}`);
    else if (typeof word === 'object')
      merged[key] = merge(word as Tree, value as Tree, `${name}.`, locale, faults);
    else merged[key] = typeof word === 'function' ? sayer(value as Say | Template, locale) : value;
  }
  return merged;
}

/** What is wrong with it; empty where nothing is. */
function shouldBe(name: string, word: unknown, value: unknown): string {
  if (word === undefined) return 'is no word of the widget';
  if (name === 'locale') return isTag(value) ? '' : 'should be a BCP 47 tag';
  if (name === 'direction') return value === 'ltr' || value === 'rtl' ? '' : 'should be "ltr" or "rtl"';
  if (typeof word === 'object') return isTree(value) ? '' : 'should be an object';
  if (isText(value)) return '';
  if (typeof word === 'string') return 'should be a text';
  const isTemplate = typeof value === 'function' || (isTree(value) && isPlurals(value));
  return isTemplate ? '' : 'should be a text, or one for each plural form, "other" among them';
}

/** Says it as the widget's own word does: of the values the first is the number in words, and the second may be the number itself. */
function sayer(template: Say | Template, locale: string): Say {
  if (typeof template === 'function') return template;
  const rules = new Intl.PluralRules(locale);
  return (...values) => {
    const [, count] = values;
    const text =
      typeof template === 'string'
        ? template
        : ((typeof count === 'number' ? template[rules.select(count)] : undefined) ?? template.other);
    return text.replace(/\{(\d)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
  };
}

function readTree(given: unknown): Tree | undefined {
  try {
    const read: unknown = typeof given === 'string' ? JSON.parse(given) : given;
    return isTree(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

const isPlurals = (value: Tree): boolean => isText(value['other']) && Object.values(value).every(isText);

function isTag(value: unknown): value is string {
  try {
    return isText(value) && Intl.getCanonicalLocales(value).length === 1;
  } catch {
    return false;
  }
}
