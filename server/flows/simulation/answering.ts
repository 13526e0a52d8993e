/** How a question is answered in a terminal: what can be typed, what a typed line means, and why one was not taken. */
import type { Answer, AskNode, Option } from '../../../widget/contract/flow.ts';
import type { Refusal, RefusalCode } from '../../../widget/flow/answer.ts';
import { resolveBound } from '../../../widget/flow/calendar.ts';
import { hint, type Line } from './line.ts';

type Ask = AskNode<string>;

/** The choices, if there are any, and what is expected. */
export function hintsOf(ask: Ask, today: string): readonly Line[] {
  const skip = ask.optional ? '; an empty line passes it over' : '';
  return [...choicesOf(ask).map(hint), hint(`${ask.field}: ${expectationOf(ask, today)}${skip}`)];
}

function choicesOf(ask: Ask): readonly string[] {
  if (ask.input === 'consent' && (ask.yes ?? ask.no) !== undefined)
    return [`  y  ${ask.yes ?? 'Yes'}`, `  n  ${ask.no ?? 'No'}`];
  if (!('options' in ask)) return [];
  const { options } = ask;
  const keys = options.map(({ value }, index) => (hasNumbers(options) ? value : String(index + 1)));
  const widest = Math.max(...keys.map(({ length }) => length));
  return options.map(({ value, text }, index) => {
    const key = (keys[index] ?? '').padStart(widest);
    return hasNumbers(options) || text === value ? `  ${key}  ${text}` : `  ${key}  ${text} (${value})`;
  });
}

/** Where the values are numbers themselves, a typed number means the value and not the place. */
function hasNumbers(options: readonly Option<string>[]): boolean {
  return options.some(({ value }) => /^\d+$/.test(value));
}

function expectationOf(ask: Ask, today: string): string {
  switch (ask.input) {
    case 'text':
    case 'multiline': {
      const words = ask.input === 'text' ? 'text' : 'text, with \\n for a new line';
      const length = rangeOf(ask.min_length, ask.max_length);
      const pattern = ask.pattern === undefined ? '' : `, that matches ${ask.pattern}`;
      return `${words}${length === '' ? '' : `, ${length} characters`}${pattern}`;
    }
    case 'email':
      return 'email address';
    case 'phone':
      return 'phone number with + and its country code';
    case 'date': {
      const [from, to] = [ask.min, ask.max].map((bound) => bound && dayWords(bound, today));
      return `date YYYY-MM-DD${from ? `, from ${from}` : ''}${to ? `, to ${to}` : ''}`;
    }
    case 'number': {
      const range = rangeOf(ask.min, ask.max);
      return `${ask.integer ? 'whole number' : 'number'}${range === '' ? '' : `, ${range}`}`;
    }
    case 'choice':
      return `one of these, by its ${hasNumbers(ask.options) ? 'value' : 'number, value'} or words`;
    case 'choices': {
      const count = rangeOf(ask.min, ask.max);
      return `some of these, with commas between them${count === '' ? '' : `, ${count}`}`;
    }
    case 'rating': {
      const { min = 1, max = 5, low, high } = ask;
      return `rating ${min}${low ? ` (${low})` : ''} to ${max}${high ? ` (${high})` : ''}`;
    }
    case 'consent':
      return 'y or n';
  }
}

function rangeOf(min: number | undefined, max: number | undefined): string {
  if (min === undefined) return max === undefined ? '' : `at most ${max}`;
  if (min === max) return `exactly ${min}`;
  return max === undefined ? `at least ${min}` : `${min} to ${max}`;
}

function dayWords(bound: string, today: string): string {
  const day = resolveBound(bound, today) ?? bound;
  return day === bound ? day : `${day} (${bound})`;
}

/** What `acceptAnswer` is to be given for a typed line. What cannot be read is handed on as it is, to be refused. */
export function readAnswer(ask: Ask, typed: string): unknown {
  const text = typed.trim();
  if (text === '') return '';
  switch (ask.input) {
    case 'multiline':
      return typed.replaceAll('\\n', '\n');
    case 'choice':
      return readOption(ask.options, text);
    case 'choices': {
      const whole = readOption(ask.options, text);
      if (ask.options.some(({ value }) => value === whole)) return [whole];
      return text
        .split(/[,，、]/)
        .flatMap((part) => (part.trim() ? [readOption(ask.options, part.trim())] : []));
    }
    case 'consent': {
      const said = (...words: (string | undefined)[]) => words.some((word) => isSame(word ?? '', text));
      return said('y', 'yes', 'true', ask.yes) || (said('n', 'no', 'false', ask.no) ? false : text);
    }
    case 'number':
    case 'rating':
      return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
    default:
      return typed;
  }
}

function readOption(options: readonly Option<string>[], text: string): string {
  const placed = hasNumbers(options) || !/^\d+$/.test(text) ? undefined : options[Number(text) - 1];
  const named =
    options.find(({ value }) => value === text) ?? options.find((each) => isSame(each.text, text));
  return (named ?? placed)?.value ?? text;
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** An answer as the visitor has read or said it. */
export function answerWords(ask: Ask, answer: Answer | undefined): string {
  if (answer === undefined) return '(passed over)';
  if (ask.input === 'consent') return answer === true ? (ask.yes ?? 'Yes') : (ask.no ?? 'No');
  const values = Array.isArray(answer) ? (answer as readonly string[]) : [String(answer)];
  const options = 'options' in ask ? ask.options : [];
  return values.map((value) => options.find((option) => option.value === value)?.text ?? value).join(', ');
}

const REFUSALS: Readonly<Record<RefusalCode, (limit: string) => string>> = {
  required: () => 'an answer is needed here',
  too_short: (limit) => `too short: at least ${limit} characters`,
  too_long: (limit) => `too long: at most ${limit} characters`,
  pattern: () => 'does not match the pattern',
  email: () => 'not an email address, such as name@example.com',
  phone: () => 'not a phone number with + and its country code, such as +442079460000',
  date: () => 'not a day that there is, written YYYY-MM-DD',
  too_early: (limit) => `too early: ${limit} at the earliest`,
  too_late: (limit) => `too late: ${limit} at the latest`,
  number: () => 'not a number, such as 12 or 0.5',
  integer: () => 'not a whole number',
  too_small: (limit) => `too small: at least ${limit}`,
  too_large: (limit) => `too large: at most ${limit}`,
  choice: () => 'none of the choices',
  too_few: (limit) => `too few: at least ${limit}`,
  too_many: (limit) => `too many: at most ${limit}`,
  refused: () => 'refused by the relay or by Braze',
};

/** Why an answer was not taken, with the code that the widget has its words for. */
export function refusalWords({ code, limit = '' }: Refusal): string {
  return `${REFUSALS[code](String(limit))} [${code}]`;
}
