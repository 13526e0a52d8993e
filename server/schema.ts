/**
 * What goes over the wire as JSON. What a browser sends is read with these: unknown JSON -> `SubmissionsRequest`, and the flow's
 * own rules come after that, in `submissions.ts`. What the relay answers is described with them: `openapi.json` is made of this file.
 */
import * as v from 'valibot';
import { MAX_TOKEN } from './entry-links.ts';
import { NAME } from './flows/schema-parts.ts';
import { record } from './record.ts';
import type { LifecycleEvent } from '../widget/contract/site.ts';
import type {
  DepartureRequest,
  Losses,
  SessionRequest,
  Submission,
  SubmissionsRequest,
  WithdrawalRequest,
} from '../widget/contract/wire.ts';

/** Longest string that Braze keeps (`user_guide/data/activation/attributes/data_types`). */
const MAX_STRING = 255;

/** Submissions in one request: more than a browser keeps in a bad week, and within the body limit. */
const MAX_SUBMISSIONS = 50;

/** Answers in one conversation: more than any visitor gives. */
const MAX_ANSWERS = 200;

/** Values of one answer: more than any question has options. */
const MAX_VALUES = 100;

const short = v.pipe(v.string(), v.maxLength(MAX_STRING));

/** Of a page: as many as the widget keeps (`widget/page/tags.ts`), and their characters. */
const MAX_TAGS = 20;
const MAX_TAG = 40;

/** Keys of a query: more than any campaign has. */
const MAX_LABELS = 20;

/** Visits in a browser's life: more are a forgery, and spoil sums. */
const MAX_VISITS = 1_000_000;

/** Characters of a path in a problem: keys are the sender's, and may be as long as the body. */
const MAX_PATH = 200;

/** An answer of any input, in its normal form: what its question takes is looked up in the flow. */
const answer = v.union([
  short,
  v.pipe(v.number(), v.finite()),
  v.boolean(),
  v.pipe(v.array(short), v.maxLength(MAX_VALUES)),
]);

/** `Date` takes February 30 for March 2, and the hour 24 for the next day; Braze takes neither. */
function isOnTheClock(time: string): boolean {
  const date = new Date(time);
  return !Number.isNaN(date.getTime()) && date.toISOString() === time;
}

const UUID = '[\\da-f]{8}-[\\da-f]{4}-[\\da-f]{4}-[\\da-f]{4}-[\\da-f]{12}';

/** Lifecycle events that are submissions: the other is told as a departure. */
type Submitted = Exclude<LifecycleEvent, 'abandoned'>;

/** A record, so that the compiler asks for each. */
const SUBMITTED: Readonly<Record<Submitted, true>> = {
  started: true,
  completed: true,
  handed_off: true,
  page: true,
};

/** `<UUID>.<step>` (RFC 9562), as `widget/flow/transition.ts` derives it. */
const actionId = v.pipe(
  v.string(),
  v.regex(new RegExp(`^${UUID}\\.\\d{1,6}$`), 'should be <conversation UUID>.<step>'),
);

/** The same, or of a lifecycle event. */
const id = v.pipe(
  v.string(),
  v.regex(new RegExp(`^${UUID}\\.\\d{1,6}(?:\\.(?:${Object.keys(SUBMITTED).join('|')}))?$`), ({ input }) =>
    input.endsWith('.abandoned')
      ? 'is of a departure: POST /v1/departures takes it'
      : 'should be <conversation UUID>.<step>',
  ),
);

const departureId = v.pipe(
  v.string(),
  v.regex(new RegExp(`^${UUID}\\.\\d{1,6}\\.abandoned$`), 'should be <conversation UUID>.<step>.abandoned'),
);

const labels = v.pipe(
  record(short, short),
  v.check((values) => Object.keys(values).length <= MAX_LABELS, `should have ${MAX_LABELS} keys at most`),
);

const said = <Schema extends v.GenericSchema>(schema: Schema, description: string) =>
  v.pipe(schema, v.description(description));

/** Braze takes any ISO 8601 time; ours are in UTC with milliseconds, as Date.prototype.toISOString writes them. */
const instant = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'should be a time such as 2026-11-21T10:00:00.000Z'),
  v.check(isOnTheClock, 'should be a time that exists'),
);

/** What a submission and a departure have in common. */
/** Nodes that a conversation comes to, and answers, between two submissions: the widget tells as many at once (`widget/flow/passage.ts`). */
const MAX_PASSINGS = 200;

/** A conversation of as many is none that anybody has. */
const MAX_PASSED = 1_000_000;

const nodeName = v.pipe(v.string(), v.regex(NAME, 'should be the name of a node'));

const passage = v.strictObject({
  since: said(
    v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_PASSED)),
    'How many of the conversation’s come before these: each is counted once by its number.',
  ),
  passings: v.pipe(
    v.array(
      v.strictObject({
        type: said(
          v.picklist(['shown', 'answered', 'refused']),
          '`shown`: the conversation has come to the node. `answered`: the question was answered or passed over. `refused`: an answer was not taken.',
        ),
        node: nodeName,
        from: v.exactOptional(said(nodeName, 'Of `shown`: the node that led there.')),
        revision: v.exactOptional(said(short, 'Where it is not the submission’s.')),
      }),
    ),
    v.maxLength(MAX_PASSINGS),
    v.description('In the order in which it happened.'),
  ),
});

const submissionEntries = {
  flow: said(short, 'Id of the flow.'),
  revision: said(short, 'Revision of the flow that the conversation ran on.'),
  locale: v.exactOptional(said(short, 'BCP 47 tag of what was said: that of the published flow.')),
  node: said(
    short,
    'The action to run, or the branch to decide; of a lifecycle event, the node where it happened.',
  ),
  time: said(instant, 'When the visitor brought it about, by the browser’s clock.'),
  answers: v.pipe(
    record(short, answer),
    v.check(
      (answers) => Object.keys(answers).length <= MAX_ANSWERS,
      `should have ${MAX_ANSWERS} answers at most`,
    ),
    v.metadata({
      description: 'Answers in their normal form, by field.',
      maxProperties: MAX_ANSWERS,
    }),
  ),
  page: v.strictObject({
    path: said(short, '`location.pathname`, with `:id` for what may be somebody’s; no query, no fragment.'),
    referrer: v.exactOptional(said(short, 'Origin of the page of another site that led here.')),
    utm: v.exactOptional(said(labels, 'The `utm_*` of the address, without the prefix.')),
    query: v.exactOptional(said(labels, 'What else the site lets be told of the query.')),
    title: v.exactOptional(short),
    tags: v.exactOptional(
      v.pipe(
        v.array(v.pipe(v.string(), v.maxLength(MAX_TAG))),
        v.maxLength(MAX_TAGS),
        v.description('What the page is about, the newest last.'),
      ),
    ),
  }),
  device: v.strictObject({
    operating_system: v.exactOptional(short),
    type: v.picklist(['desktop', 'mobile']),
    language: said(short, 'BCP 47 tag that the browser prefers.'),
    time_zone: v.exactOptional(said(short, 'IANA name.')),
  }),
  visitor: v.exactOptional(
    v.strictObject({
      returning: v.boolean(),
      visits: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_VISITS)),
    }),
  ),
  entry: v.exactOptional(
    v.object({
      link: said(
        v.pipe(v.string(), v.maxLength(MAX_TOKEN)),
        'The entry link as it stood in the address. What it tells is read from it, and from nothing beside it.',
      ),
      cohort: v.exactOptional(short),
      campaign: v.exactOptional(short),
    }),
  ),
  passed: v.exactOptional(
    said(
      passage,
      'Where the conversation has been since it was told last. Counted where the site counts where people leave; of nobody by name.',
    ),
  ),
};

export const SubmissionSchema = v.pipe(
  v.strictObject({
    id: said(
      id,
      '`<conversation id>.<step>`, and of a lifecycle event its name: the same each time that the same submission is sent.',
    ),
    ...submissionEntries,
    corrects: v.exactOptional(
      said(
        actionId,
        'Id of the earlier submission whose answers this one corrects. A lifecycle event corrects none.',
      ),
    ),
  }),
  v.forward(
    v.check(
      ({ id: own, corrects }) => corrects === undefined || own.split('.').length === 2,
      'is nothing for a lifecycle event',
    ),
    ['corrects'],
  ),
);

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/**
 * A reason that is not known here is no mistake: a later widget may lose something for another, and to refuse the request for it
 * would be to lose the submissions that came along. It is counted as `other` (`losses.ts`).
 */
const LossesSchema: v.GenericSchema<unknown, Losses> = v.objectWithRest(
  {
    age: v.exactOptional(said(count, 'Submissions that could not be delivered for a week.')),
    refused: v.exactOptional(said(count, 'Submissions that the relay refused for good: 400, 413 or 422.')),
    evicted: v.exactOptional(said(count, 'Submissions that had to give way: there were too many of them.')),
    storage: v.exactOptional(said(count, 'Pages on which the browser’s storage failed.')),
  },
  said(count, 'For another reason, which this relay does not know.'),
);

/**
 * Body of `POST /v1/submissions`. What a later widget says besides is passed over: to refuse the request for it would be to lose what it
 * carries.
 */
export const SubmissionsSchema = v.pipe(
  v.object({
    submissions: v.pipe(
      v.array(SubmissionSchema),
      v.maxLength(MAX_SUBMISSIONS),
      v.description(
        'Oldest first. One that is there twice is run once. None only where there are losses to tell.',
      ),
    ),
    sent: v.exactOptional(
      said(
        instant,
        'When the request leaves, by the browser’s clock. Where that is off by more than a minute, the submissions’ times are corrected by as much.',
      ),
    ),
    losses: v.exactOptional(
      said(LossesSchema, 'What the browser gave up since the last request that was answered with 200.'),
    ),
  }),
  v.forward(
    v.check(
      ({ submissions, losses = {} }) =>
        submissions.length > 0 || Object.values(losses).some((each) => each > 0),
      'should be one at least, unless there are losses to tell',
    ),
    ['submissions'],
  ),
);

/** Ours have some 250 characters. */
const credential = v.pipe(v.string(), v.maxLength(4_096));

/**
 * Characters. Turnstile's have 2,048 at most (developers.cloudflare.com/turnstile/get-started/server-side-validation). Those of hCaptcha and
 * reCAPTCHA have no bound that is told: of the former some of more than 4,000 were met (github.com/Retrospring/retrospring/pull/138).
 */
const MAX_CHALLENGE = 8_192;

/** Body of `POST /v1/sessions`. What a later widget says besides is passed over. */
export const SessionSchema = v.object({
  visitor: v.exactOptional(
    said(credential, 'The visitor credential of an earlier visit. Without a good one the visitor is new.'),
  ),
  identity: v.exactOptional(
    said(credential, 'JWT of the brand’s backend on who is signed in. What became of it is in the answer.'),
  ),
  challenge: v.exactOptional(
    said(
      v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_CHALLENGE)),
      'What the challenge gave the page, where the site has its new visitors challenged.',
    ),
  ),
});

const whose = said(credential, 'The visitor credential. It has to hold at this page.');

/** Body of `POST /v1/departures`. What a later widget says besides is passed over. */
export const DepartureSchema = v.object({
  visitor: whose,
  sent: said(instant, 'When the request leaves, by the browser’s clock; as that of submissions.'),
  left: v.exactOptional(
    said(
      v.strictObject({
        id: said(departureId, '`<conversation id>.<step>.abandoned`.'),
        ...submissionEntries,
        reason: v.exactOptional(
          said(
            v.literal('refused'),
            'The visitor’s last answer to the question was not taken. Absent where they have given none. It is said in the event, and nothing goes by it.',
          ),
        ),
      }),
      'The visitor may be gone. Told to Braze if nothing more comes of the conversation for the idle time of the site; in the place of an earlier one of it.',
    ),
  ),
  back: v.exactOptional(
    said(
      v.pipe(v.string(), v.regex(new RegExp(`^${UUID}$`), 'should be a conversation UUID')),
      'Id of a conversation that the visitor is with again: it is not abandoned.',
    ),
  ),
});

/** Body of `POST /v1/withdrawals`. What a later widget says besides is passed over. */
export const WithdrawalSchema = v.object({ visitor: whose });

/*
 * What the relay answers may get more keys one day: who reads it should let them pass.
 */

export const ReceiptSchema = v.object({
  id: said(id, 'That of the submission.'),
  outcome: said(
    v.picklist(['success', 'error', 'invalid', 'queued']),
    '`queued`: kept safely, and delivered later. `invalid`: the visitor can correct a value. `error`: it can never be delivered.',
  ),
  next: said(v.string(), 'Node to go to.'),
  field: v.exactOptional(said(v.string(), 'With `invalid`: the field whose value was refused.')),
  values: v.exactOptional(
    said(
      v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.array(v.string())])),
      'What the flow reveals of an answer that an action has read, by the names that texts have for it: `kept.<name>`.',
    ),
  ),
});

/** Answer of `POST /v1/submissions`. */
export const ReceiptsSchema = v.object({
  receipts: said(
    v.array(ReceiptSchema),
    'In the order of the submissions. One without a receipt is to be kept and sent again.',
  ),
  retry_after: v.exactOptional(
    said(
      v.pipe(v.number(), v.integer(), v.minValue(0)),
      'Seconds after which those without a receipt may be sent again. Absent where each has one.',
    ),
  ),
});

/** Answer of `POST /v1/sessions`. */
export const SessionGrantSchema = v.object({
  visitor: said(v.string(), 'Long-lived signed word on who this browser is; to be kept.'),
  session: said(v.string(), 'Signed word that this browser may submit now: the bearer token.'),
  expires_in: said(v.number(), 'Seconds until the session ends.'),
  deadline: said(v.number(), 'Milliseconds that the relay lets a visitor wait for Braze.'),
  identity: v.exactOptional(
    said(
      v.picklist(['verified', 'expired', 'invalid', 'unavailable', 'not_configured']),
      'What became of the identity, where there was one. If not `verified`, the session is that of who they were before; `unavailable`: the brand’s keys cannot be had now.',
    ),
  ),
});

/** Every refusal: RFC 9457. */
export const ProblemSchema = v.object({
  type: v.exactOptional(
    said(
      v.string(),
      '`urn:parley:problem:challenge-required`: new visitors of this site take a challenge. Absent: `about:blank`.',
    ),
  ),
  title: said(v.string(), 'The status in words.'),
  status: v.number(),
  detail: said(v.string(), 'What is wrong, for a developer.'),
  request_id: v.exactOptional(
    said(v.string(), 'Names the request in the relay’s log; `X-Request-Id` is the same.'),
  ),
});

/** Answer of `GET /healthz`. */
export const HealthSchema = v.object({ status: v.literal('ok'), version: v.string() });

/** Answer of `GET /readyz`. */
export const ReadinessSchema = v.object({
  status: v.picklist(['ready', 'not ready']),
  checks: v.array(
    v.object({
      name: said(v.string(), '`store`, `braze prod`, `braze prod key`.'),
      ok: v.boolean(),
      detail: said(v.string(), 'For the operator.'),
    }),
  ),
});

/** Answer of `GET /v1/flows/:id`. What a node has besides goes by its type: `widget/contract/flow.ts`. */
export const PublishedFlowSchema = v.object({
  id: v.string(),
  revision: said(v.string(), 'Hash of the flow’s content.'),
  locale: said(v.string(), 'BCP 47 tag of its texts.'),
  start: said(v.string(), 'Id of the first node.'),
  nodes: v.record(
    v.string(),
    v.looseObject({
      type: v.picklist(['message', 'ask', 'branch', 'split', 'action', 'handoff', 'end']),
    }),
  ),
});

export type Parsed<T> = { readonly value: T } | { readonly problem: string };

export function parseSubmissions(json: unknown): Parsed<SubmissionsRequest> {
  const parsed = v.safeParse(SubmissionsSchema, json);
  return parsed.success
    ? { value: { ...parsed.output, submissions: eachOnce(parsed.output.submissions) } }
    : { problem: wordsOf(parsed.issues) };
}

export function parseSessionRequest(json: unknown): Parsed<SessionRequest> {
  return parsedBy(SessionSchema, json);
}

export function parseDeparture(json: unknown): Parsed<DepartureRequest> {
  return parsedBy(DepartureSchema, json);
}

export function parseWithdrawal(json: unknown): Parsed<WithdrawalRequest> {
  return parsedBy(WithdrawalSchema, json);
}

function parsedBy<T>(schema: v.GenericSchema<unknown, T>, json: unknown): Parsed<T> {
  const parsed = v.safeParse(schema, json);
  return parsed.success ? { value: parsed.output } : { problem: wordsOf(parsed.issues) };
}

/** The same id twice in one body is one submission that has come twice: the first is run, and there is one receipt. */
function eachOnce(submissions: readonly Submission[]): readonly Submission[] {
  const ids = new Set<string>();
  return submissions.filter(({ id }) => ids.size < ids.add(id).size);
}

/** The first few problems, by path. Received values are not repeated: they are a visitor's. */
function wordsOf(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues
    .slice(0, 5)
    .map((issue) => `${(v.getDotPath(issue) ?? 'body').slice(0, MAX_PATH)}: ${rightOf(issue)}`)
    .join('; ');
}

function rightOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') return 'unknown key';
  if (issue.received === 'undefined' && issue.type.endsWith('object')) return 'missing';
  if (issue.type === 'regex' || issue.type === 'check' || issue.type === 'custom') return issue.message;
  return `should be ${issue.expected ?? issue.type}`;
}
