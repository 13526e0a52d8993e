/**
 * Is this answer acceptable for this node, and what is its normal form. The same code decides in the browser, where it is
 * kind to the visitor, and on the relay, where it trusts no browser.
 */
import type { AskNode, InputKind } from '../contract/flow.ts';

/** Why an answer was not taken. The words for it are in the visitor's locale. `refused` is the relay's or Braze's word. */
export type RefusalCode = 'required' | 'too_long' | 'email' | 'date' | 'refused';

export type Acceptance =
  { readonly value: string; readonly refusal?: undefined } | { readonly refusal: RefusalCode };

/**
 * Characters that a Braze string attribute holds (`user_guide/data/activation/attributes/data_types`: 255). Longer ones are
 * not applied there, without an error, so they are refused here, where the visitor can still say it shorter.
 */
const MAX_LENGTH = 255;

/** A valid e-mail address as HTML defines it: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address */
const EMAIL =
  /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i;

/** Normal forms: text is composed (NFC), without control characters or space around it; e-mail too; a date is `YYYY-MM-DD`. */
export function acceptAnswer(ask: Pick<AskNode, 'input'>, raw: string): Acceptance {
  const value = raw
    .normalize('NFC')
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  if (value === '') return { refusal: 'required' };
  if (value.length > MAX_LENGTH) return { refusal: 'too_long' };
  const refusal = REFUSE[ask.input](value);
  return refusal ? { refusal } : { value };
}

/** Whether a value is acceptable and already in its normal form: what the relay asks of a submission. */
export function isNormalAnswer(ask: Pick<AskNode, 'input'>, value: string): boolean {
  const accepted = acceptAnswer(ask, value);
  return accepted.refusal === undefined && accepted.value === value;
}

const REFUSE: Readonly<Record<InputKind, (value: string) => RefusalCode | undefined>> = {
  text: () => undefined,
  email: (value) => (EMAIL.test(value) ? undefined : 'email'),
  date: (value) => (isCalendarDate(value) ? undefined : 'date'),
};

/**
 * Whether `YYYY-MM-DD` names a day that exists, in years that Braze stores as dates: 1 to 3000
 * (`user_guide/data/activation/attributes/data_types`).
 */
function isCalendarDate(value: string): boolean {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value);
  if (!parts) return false;
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number];
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return year >= 1 && year <= 3000 && day >= 1 && day <= (lengths[month - 1] ?? 0);
}
