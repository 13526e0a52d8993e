/** Bodies for `POST /v1/submissions`: honest ones, honest ones with slips, and what nobody should send. By seed. */
import fc from 'fast-check';
import type { Submission } from '../../widget/contract/wire.ts';
import { arbitraryHostileAnswer } from '../flow/arbitrary-answer.ts';
import { createSubmission } from '../server/relay-fixture.ts';
import { mutate, mutateText } from './mutations.ts';
import { createRandom } from './random.ts';

export interface HostileRequest {
  readonly kind: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Bodies {
  next(): HostileRequest;
  /** Nothing of before is repeated or corrected. */
  forget(): void;
}

/** Drawn before, and picked from: drawing takes longer than the relay takes to answer. */
const ANSWERS = 5_000;
const JSONS = 2_000;

/** Earlier ones that may be repeated or corrected. */
const REMEMBERED = 500;

const JSON_TYPE = { 'content-type': 'application/json' };

const TYPES: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': 'application/jsonx' },
  { 'content-type': 'multipart/form-data; boundary=x' },
  { ...JSON_TYPE, 'content-encoding': 'gzip' },
  { ...JSON_TYPE, traceparent: '00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-ff' },
  { ...JSON_TYPE, traceparent: 'x'.repeat(3_000), 'x-request-id': '{"a":1}\t' },
];

/** Texts that are JSON to some readers, and that objects do not survive. */
const AS_ANSWERS = [
  '{"first_name":"A","first_name":["B"]}',
  '{"__proto__":{"first_name":"A"}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"toString":"A","hasOwnProperty":"B"}',
  '{"first_name":1e400}',
  '{"first_name":-0,"birthday":1e308}',
  '{"first_name":123456789012345678901234567890}',
  '{"first_name":"\\ud800","email":"\\udfff@\\ud800.example"}',
  '{"first_name":"\\u0000\\u202e{{answers.email}}"}',
  '{"email":"ada..byron@example.com"}',
  '{"birthday":"2026-02-30"}',
  '{"birthday":"0000-01-01"}',
  '{"birthday":"-000001-01-01"}',
  `{"first_name":"${'x'.repeat(255)}"}`,
  `{"first_name":"${'😀'.repeat(127)}"}`,
  `{"first_name":"${'x'.repeat(20_000)}"}`,
  `{"first_name":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
  `{"first_name":[${'"a",'.repeat(99)}"a"]}`,
];

export function createBodies(seed: number): Bodies {
  const random = createRandom(seed);
  const hostile = fc.sample(arbitraryHostileAnswer, { numRuns: ANSWERS, seed });
  const jsons = fc.sample(fc.json({ maxDepth: 5 }), { numRuns: JSONS, seed });
  let before: { readonly submission: Submission; readonly text: string }[] = [];

  const honest = (): Submission => {
    const made = createSubmission({ time: new Date(Date.UTC(2026, 0, 1) + random.nat(2e9)).toISOString() });
    const corrected =
      random.nat(4) === 0 && before.length > 0 ? random.pick(before).submission.id : undefined;
    return { ...made, ...(corrected !== undefined && { corrects: corrected }) };
  };
  const withOddAnswers = (): Submission => {
    const made = honest();
    const odd = { [random.pick(['first_name', 'email', 'birthday'])]: random.pick(hostile) };
    return { ...made, answers: { ...made.answers, ...odd } as Submission['answers'] };
  };
  const textOf = (...submissions: readonly unknown[]) => JSON.stringify({ submissions });
  const remember = (submission: Submission): string => {
    const text = textOf(submission);
    before.push({ submission, text });
    if (before.length > REMEMBERED) before = before.slice(-REMEMBERED / 2);
    return text;
  };
  const bytesOf = (text: string, encoding: BufferEncoding) => Uint8Array.from(Buffer.from(text, encoding));

  const KINDS: Readonly<Record<string, () => string | Uint8Array<ArrayBuffer>>> = {
    honest: () => remember(honest()),
    odd: () => remember(withOddAnswers()),
    repeated: () => (before.length === 0 ? remember(honest()) : random.pick(before).text),
    several: () => {
      const many = Array.from({ length: 1 + random.nat(60) }, honest);
      return textOf(...many, ...(random.nat(2) === 0 ? [many[0]] : []));
    },
    itself: () => {
      const made = honest();
      return remember({ ...made, corrects: made.id });
    },
    mutated: () => JSON.stringify(mutate({ submissions: [honest()] }, random)),
    twice: () => {
      const once = mutate({ submissions: [honest()] }, random);
      // Nothing may be left in it to change.
      return JSON.stringify(JSON.stringify(once) === '{}' ? once : mutate(once, random));
    },
    text: () => mutateText(textOf(honest()), random),
    answers: () => {
      const [head = '', tail = ''] = JSON.stringify({
        submissions: [{ ...honest(), answers: '@' }],
      }).split('"@"');
      return head + random.pick(AS_ANSWERS) + tail;
    },
    doubled: () => textOf(honest()).replace('{', `{"submissions":[${random.pick(jsons)}],`),
    anything: () => random.pick(jsons),
    nested: () => `{"submissions":${'['.repeat(random.nat(50_000))}`,
    deep: () => {
      const depth = random.nat(20_000);
      return `${'{"submissions":'.repeat(depth)}[]${'}'.repeat(depth)}`;
    },
    utf16: () => bytesOf(textOf(honest()), 'utf16le'),
    latin1: () => bytesOf(textOf({ ...honest(), flow: 'wélcome' }), 'latin1'),
    marked: () => bytesOf(`\ufeff${textOf(honest())}`, 'utf8'),
    noise: () => Uint8Array.from({ length: random.nat(200) }, () => random.nat(256)),
    large: () => textOf({ ...honest(), page: { path: 'x'.repeat(random.nat(400_000)) } }),
  };
  /** Those that the relay takes on come more often than what it refuses at the door; the largest less often. */
  const deck = Object.keys(KINDS).flatMap((kind) => {
    if (['honest', 'odd', 'mutated', 'answers'].includes(kind)) return Array<string>(30).fill(kind);
    return Array<string>(['nested', 'deep', 'large', 'several'].includes(kind) ? 1 : 10).fill(kind);
  });

  return {
    next() {
      const kind = random.pick(deck);
      const body = KINDS[kind]?.() ?? '';
      return { kind, body, headers: random.nat(40) === 0 ? random.pick(TYPES) : JSON_TYPE };
    },
    forget: () => (before = []),
  };
}
