/** What questions take: whether any answer can be right, and whether the browser can help with it. */
import { isCalendarDate, resolveBound } from '../../../widget/flow/calendar.ts';
import type {
  AskNode,
  DateInput,
  NumberInput,
  RatingInput,
  TextInput,
} from '../../../widget/contract/flow.ts';
import { AUTOCOMPLETE_GRAMMAR, AUTOCOMPLETE_TOKENS, autocompleteOf } from '../autocomplete.ts';
import type { DraftAsk, DraftFlow } from './draft.ts';
import { finding, type Finding, type LintCode, type Path } from './finding.ts';
import { problemOfPattern } from './pattern.ts';
import { closest, didYouMean } from './suggest.ts';

/** Longest string that Braze keeps as an attribute (`user_guide/data/activation/attributes/data_types`). */
const LONGEST_ANSWER = 255;

/** Any day: bounds that are both relative are compared from it. None of its neighbours is the end of a short month. */
const SOME_DAY = '2026-01-15';

export function checkInputs({ nodes, findings }: DraftFlow): readonly Finding[] {
  // Of a field without a proper name nobody can say what it is for.
  const isNamed = (id: string) => !findings.some(({ path }) => path[1] === id && path[2] === 'field');
  return [...nodes].flatMap(([id, node]) =>
    node.type === 'ask'
      ? [...checkInput(node, ['nodes', id]), ...(isNamed(id) ? checkAutocomplete(node, ['nodes', id]) : [])]
      : [],
  );
}

function checkInput(ask: DraftAsk, at: Path): readonly Finding[] {
  switch (ask.input) {
    case 'text':
    case 'multiline':
      return checkText(ask, at);
    case 'date':
      return checkDate(ask, at);
    case 'number':
      return checkNumber(ask, at);
    case 'rating':
      return checkRating(ask, at);
    case 'choice':
    case 'choices':
      return checkOptions(ask, at);
    case 'phone':
      return checkCountry(ask.country, at);
    default:
      return [];
  }
}

function mistake(code: LintCode, path: Path, isWrong: boolean, message: () => string): readonly Finding[] {
  return isWrong ? [finding(code, path, message())] : [];
}

function checkText(
  { min_length: min = 0, max_length: max, pattern }: Omit<TextInput, 'input'>,
  at: Path,
): readonly Finding[] {
  const problem = pattern === undefined ? undefined : problemOfPattern(pattern, max ?? LONGEST_ANSWER, min);
  return [
    ...mistake(
      'impossible-bounds',
      [...at, 'min_length'],
      max !== undefined && min > max,
      () => `is ${min}, more than "max_length", ${max ?? 0}; no answer is long enough and short enough`,
    ),
    ...(problem ? [finding(problem.code, [...at, 'pattern'], problem.message)] : []),
  ];
}

function checkDate({ min, max }: Pick<DateInput, 'min' | 'max'>, at: Path): readonly Finding[] {
  const bad = Object.entries({ min, max }).flatMap(([key, bound]) =>
    bound === undefined || resolveBound(bound, SOME_DAY) !== undefined
      ? []
      : [finding('impossible-date', [...at, key], wordsForDate(bound))],
  );
  if (bad.length > 0 || min === undefined || max === undefined) return bad;
  // A day and a distance from today are in the right order on some days and not on others.
  const isComparable = isCalendarDate(min) === isCalendarDate(max);
  const isNever = isComparable && (resolveBound(min, SOME_DAY) ?? '') > (resolveBound(max, SOME_DAY) ?? '');
  return mistake(
    'impossible-date',
    [...at, 'min'],
    isNever,
    () => `is ${min}, later than "max", ${max}; no day is between them`,
  );
}

export function wordsForDate(written: string): string {
  return /^\d{4}-\d\d-\d\d$/.test(written)
    ? `there is no day ${written}`
    : `"${written}" should be a day such as 2026-12-31, "today", or a distance from it such as "-18y", "+2w" or "+10d"`;
}

function checkNumber(
  { min, max, integer }: Pick<NumberInput, 'min' | 'max' | 'integer'>,
  at: Path,
): readonly Finding[] {
  if (min === undefined || max === undefined) return [];
  const isNever = min > max || (integer === true && Math.ceil(min) > Math.floor(max));
  return mistake('impossible-bounds', [...at, 'min'], isNever, () =>
    min > max
      ? `is ${min}, more than "max", ${max}; no number is between them`
      : `is ${min}, and between it and "max", ${max}, is no whole number`,
  );
}

function checkRating({ min = 1, max = 5 }: Pick<RatingInput, 'min' | 'max'>, at: Path): readonly Finding[] {
  return mistake(
    'impossible-bounds',
    [...at, 'min'],
    min >= max,
    () => `is ${min}, and "max" is ${max}; there should be something to choose between`,
  );
}

type ChoiceAsk = Extract<DraftAsk, { readonly input?: 'choice' | 'choices' }>;

function checkOptions(ask: ChoiceAsk, at: Path): readonly Finding[] {
  const values = (ask.options ?? []).map((option) => option?.value);
  const duplicates = values.flatMap((value, index) => {
    const first = values.indexOf(value);
    return value === undefined || first === index
      ? []
      : [
          finding(
            'duplicate-option',
            [...at, 'options', index, 'value'],
            `"${value}" is the value of option ${first + 1} already; each should have its own`,
          ),
        ];
  });
  if (ask.input !== 'choices' || ask.options === undefined) return duplicates;
  const { min = 0, max = values.length } = ask;
  return [
    ...duplicates,
    ...mistake(
      'impossible-bounds',
      [...at, 'min'],
      min > max,
      () => `is ${min}, more than ${ask.max === undefined ? 'there are options' : '"max"'}, ${max}`,
    ),
    ...mistake(
      'impossible-bounds',
      [...at, 'max'],
      max > values.length,
      () => `is ${max}, more than there are options, ${values.length}`,
    ),
  ];
}

const REGIONS = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

function checkCountry(country: string | undefined, at: Path): readonly Finding[] {
  if (country === undefined) return [];
  const code = country.toUpperCase();
  // The tag of a region that was renamed, or is called otherwise by law, is brought to the one in use: UK to GB.
  const canonical = /^[A-Z]{2}$/.test(code) ? new Intl.Locale(`und-${code}`).region : undefined;
  if (country === canonical && REGIONS.of(canonical) !== undefined) return [];
  const isKnown = canonical !== undefined && REGIONS.of(canonical) !== undefined;
  const message = `"${country}" is no country code of ISO 3166-1, such as "BR"${didYouMean(isKnown ? canonical : undefined)}`;
  return [finding('unknown-country', [...at, 'country'], message)];
}

/** Browsers spare visitors the typing of what is asked everywhere: that is words, on one line. */
function checkAutocomplete(ask: DraftAsk, at: Path): readonly Finding[] {
  const path = [...at, 'autocomplete'];
  const written = 'autocomplete' in ask ? ask.autocomplete : undefined;
  if (written !== undefined && !AUTOCOMPLETE_GRAMMAR.test(written)) {
    const guess = didYouMean(mendedPurpose(written), '; "off" asks them to fill in nothing');
    return [finding('unknown-autocomplete', path, `browsers know no purpose "${written}"${guess}`)];
  }
  if (ask.input !== 'text' || ask.field === undefined || autocompleteOf(ask as AskNode) !== undefined)
    return [];
  const message = `"autocomplete" is missing: what browsers fill in for "${ask.field}", or "off"`;
  return [finding('missing-autocomplete', path, message)];
}

/** The purpose is the last word; what stands before it is kept where that makes sense. */
function mendedPurpose(written: string): string | undefined {
  const words = written.trim().split(/\s+/);
  const token = closest(words.at(-1) ?? '', AUTOCOMPLETE_TOKENS);
  if (token === undefined) return closest(written, AUTOCOMPLETE_TOKENS);
  const mended = [...words.slice(0, -1), token].join(' ').toLowerCase();
  return AUTOCOMPLETE_GRAMMAR.test(mended) ? mended : token;
}
