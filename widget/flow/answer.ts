/**
 * Is this answer acceptable for this node, and what is its normal form. The same code decides in the browser, where it is
 * kind to the visitor, and on the relay, where it trusts no browser. What a person types in their own way of writing is read
 * before this, in the browser (`reading/`).
 */
import type {
  Answer,
  AskBase,
  AskNode,
  ChoiceInput,
  ChoicesInput,
  ConsentInput,
  DateInput,
  NumberInput,
  PhoneInput,
  RatingInput,
  TextInput,
} from '../contract/flow.ts';

/** Why an answer was not taken. The words for it are in the visitor's locale. `refused` is the relay's or Braze's word. */
export type RefusalCode =
  | 'required'
  | 'too_short'
  | 'too_long'
  | 'pattern'
  | 'email'
  | 'phone'
  | 'date'
  | 'too_early'
  | 'too_late'
  | 'number'
  | 'integer'
  | 'too_small'
  | 'too_large'
  | 'choice'
  | 'too_few'
  | 'too_many'
  | 'refused';

export interface Refusal {
  readonly code: RefusalCode;
  /** What was exceeded or missed: characters, a number, a date as `YYYY-MM-DD`, or how many. */
  readonly limit?: number | string;
}

export type Acceptance =
  /** The normal form; `undefined` where an optional question was passed over. */
  | { readonly value: Answer | undefined; readonly refusal?: undefined }
  | { readonly refusal: Refusal; readonly value?: undefined };

/** A question with an input that only some flows have. */
export type FurtherAsk = AskBase<unknown> &
  (PhoneInput | DateInput | NumberInput | RatingInput<unknown> | ConsentInput<unknown>);

/** Accepts its answer, tidied and not nothing, on the visitor's own day. */
export type AcceptFurther = (ask: FurtherAsk, said: unknown) => Acceptance;

/**
 * Characters that a Braze string attribute holds (`user_guide/data/activation/attributes/data_types`: 255). Longer ones are
 * not applied there, without an error, so they are refused here, where the visitor can still say it shorter.
 */
const MAX_LENGTH = 255;

/** Nothing that is longer before it is tidied can be short enough after: no more than this is ever looked at. */
const MAX_RAW_LENGTH = 4 * MAX_LENGTH;

/** A valid e-mail address as HTML defines it: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address */
const EMAIL =
  /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i;

/**
 * Normal forms: text is composed (NFC), without control characters or space around it; an e-mail too; a phone number is E.164; a
 * date is `YYYY-MM-DD`; a number and a rating are numbers; choices stand in the order of the options; consent is a boolean.
 * @param raw what was said; an empty string or list is nothing. Anything at all may come: what does not fit is refused
 * @param further for the inputs that only some flows have (`further-answer.ts`)
 */
export function acceptAnswer(ask: AskNode<unknown>, raw: unknown, further: AcceptFurther): Acceptance {
  const { max_length: longest = MAX_LENGTH } = ask as Partial<TextInput>;
  if (typeof raw === 'string' && raw.length > MAX_RAW_LENGTH) return refused('too_long', longest);
  const said = typeof raw === 'string' ? tidy(raw, ask.input) : raw;
  if (isNothing(said)) return ask.optional ? { value: undefined } : refused('required');
  switch (ask.input) {
    case 'text':
    case 'multiline':
    case 'email': {
      const { min_length: shortest, pattern } = ask as TextInput;
      if (typeof said !== 'string') return refused('required');
      const fits = within(said, said.length, shortest, longest, 'too_short', 'too_long');
      if (fits.refusal) return fits;
      if (ask.input === 'email' && !EMAIL.test(said)) return refused('email');
      return pattern === undefined || matches(pattern, said) ? fits : refused('pattern');
    }
    case 'choice':
    case 'choices':
      return acceptChoices(ask, Array.isArray(said) ? said : [said]);
    default:
      return further(ask, said);
  }
}

/** Whether a value is acceptable and already in its normal form: what the relay asks of a submission. */
export function isNormalAnswer(ask: AskNode<unknown>, value: unknown, further: AcceptFurther): boolean {
  const { value: normal } = acceptAnswer(ask, value, further);
  return normal !== undefined && isSameAnswer(normal, value);
}

/** Whether two answers say the same. */
export function isSameAnswer(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * Text as it is kept: no lone surrogates, which no JSON reader has to take, and no marks that turn the direction of what
 * comes after them (UAX #9, explicit formatting characters).
 */
function tidy(text: string, input: AskNode['input']): string {
  const whole = text.replace(/[\p{Cs}\u202a-\u202e\u2066-\u2069]/gu, '').normalize('NFC');
  const plain =
    input === 'multiline'
      ? whole.replace(/\r\n?/g, '\n').replace(/(?!\n)\p{Cc}/gu, ' ')
      : whole.replace(/\p{Cc}+/gu, ' ');
  return plain.trim();
}

/** Nothing at all, or nothing that anybody could see. */
function isNothing(said: unknown): boolean {
  if (typeof said === 'string') return /^[\s\p{Cf}]*$/u.test(said);
  return said === undefined || said === null || (Array.isArray(said) && said.length === 0);
}

export function refused(code: RefusalCode, limit?: number | string): Acceptance {
  return { refusal: limit === undefined ? { code } : { code, limit } };
}

/** An answer whose measure (itself, its length, how many) lies within bounds; one that is absent bounds nothing. */
export function within<Measure extends number | string>(
  value: Answer,
  measure: Measure,
  min: Measure | undefined,
  max: Measure | undefined,
  low: RefusalCode,
  high: RefusalCode,
): Acceptance {
  // Nothing is less or more than undefined.
  if (measure < (min as Measure)) return refused(low, min);
  return measure > (max as Measure) ? refused(high, max) : { value };
}

/** Lint refuses patterns that do not compile, and those that could take many steps. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, 'v').test(text);
  } catch {
    return true;
  }
}

function acceptChoices(
  ask: ChoiceInput<unknown> | ChoicesInput<unknown>,
  said: readonly unknown[],
): Acceptance {
  const chosen = ask.options.map(({ value }) => value).filter((value) => said.includes(value));
  // As many as were said, and each of them an option.
  if (chosen.length !== said.length) return refused('choice');
  if (ask.input === 'choices') return within(chosen, chosen.length, ask.min, ask.max, 'too_few', 'too_many');
  return chosen.length === 1 ? { value: chosen[0] } : refused('choice');
}
