/** What a browser sends, unknown JSON -> `Submission[]`. The flow's own rules come after this, in `submissions.ts`. */
import * as v from 'valibot';
import { record } from './record.ts';
import type { SessionRequest, Submission } from '../widget/contract/wire.ts';

/** Longest string that Braze keeps (`user_guide/data/activation/attributes/data_types`). */
const MAX_STRING = 255;

/** Submissions in one request: more than a browser keeps in a bad week, and within the body limit. */
const MAX_SUBMISSIONS = 50;

/** Answers in one conversation: more than any visitor gives. */
const MAX_ANSWERS = 200;

/** Values of one answer: more than any question has options. */
const MAX_VALUES = 100;

const short = v.pipe(v.string(), v.maxLength(MAX_STRING));

/** An answer of any input, in its normal form: what its question takes is looked up in the flow. */
const answer = v.union([
  short,
  v.pipe(v.number(), v.finite()),
  v.boolean(),
  v.pipe(v.array(short), v.maxLength(MAX_VALUES)),
]);

/** `<UUID>.<step>` (RFC 9562), as `widget/flow/transition.ts` derives it. */
const id = v.pipe(
  v.string(),
  v.regex(
    /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\.\d{1,6}$/,
    'should be <conversation UUID>.<step>',
  ),
);

const SubmissionSchema = v.strictObject({
  id,
  flow: short,
  revision: short,
  node: short,
  // Braze takes any ISO 8601 time; ours are in UTC with milliseconds, as Date.prototype.toISOString writes them.
  time: v.pipe(
    v.string(),
    v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'should be a time such as 2026-11-21T10:00:00.000Z'),
    v.check((time) => !Number.isNaN(Date.parse(time)), 'should be a time that exists'),
  ),
  answers: v.pipe(
    record(short, answer),
    v.check(
      (answers) => Object.keys(answers).length <= MAX_ANSWERS,
      `should have ${MAX_ANSWERS} answers at most`,
    ),
  ),
  page: v.strictObject({ path: short }),
  device: v.strictObject({
    operating_system: v.exactOptional(short),
    type: v.picklist(['desktop', 'mobile']),
    language: short,
    time_zone: v.exactOptional(short),
  }),
  corrects: v.exactOptional(id),
});

const SubmissionsSchema = v.strictObject({
  submissions: v.pipe(v.array(SubmissionSchema), v.minLength(1), v.maxLength(MAX_SUBMISSIONS)),
});

const SessionSchema = v.strictObject({ visitor: v.exactOptional(v.pipe(v.string(), v.maxLength(4_096))) });

export type Parsed<T> = { readonly value: T } | { readonly problem: string };

export function parseSubmissions(json: unknown): Parsed<readonly Submission[]> {
  const parsed = v.safeParse(SubmissionsSchema, json);
  return parsed.success ? { value: parsed.output.submissions } : { problem: wordsOf(parsed.issues) };
}

export function parseSessionRequest(json: unknown): Parsed<SessionRequest> {
  const parsed = v.safeParse(SessionSchema, json);
  return parsed.success ? { value: parsed.output } : { problem: wordsOf(parsed.issues) };
}

/** The first few problems, by path. Received values are not repeated: they are a visitor's. */
function wordsOf(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues
    .slice(0, 5)
    .map((issue) => `${v.getDotPath(issue) ?? 'body'}: ${rightOf(issue)}`)
    .join('; ');
}

function rightOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') return 'unknown key';
  if (issue.type === 'strict_object' && issue.received === 'undefined') return 'missing';
  if (issue.type === 'regex' || issue.type === 'check' || issue.type === 'custom') return issue.message;
  return `should be ${issue.expected ?? issue.type}`;
}
