/**
 * What crosses the wire between widget and relay, beside the published flow.
 */
import type { Answer, Outcome, PublishedFlow } from './flow.ts';
import type { PublishedSite } from './site.ts';

/** Answers in their normal form, by field. */
export type Answers = Readonly<Record<string, Answer>>;

/** What the page tells. A value that cannot be told, or is not to be, is absent. */
export interface PageContext {
  /** `location.pathname`, with `:id` for each segment that may be somebody's: an e-mail address, a long number, a token. */
  readonly path: string;
  /** Origin of the page of another site that led here. */
  readonly referrer?: string;
  /** The `utm_*` of the address that the visitor came by, without the prefix: `source`, `medium`, `campaign`. */
  readonly utm?: Readonly<Record<string, string>>;
  /** What the site lets be told of the query. */
  readonly query?: Readonly<Record<string, string>>;
  readonly title?: string;
  /** What the page is about: short labels in lower case, the newest last. */
  readonly tags?: readonly string[];
}

/** What the browser knows of earlier visits. */
export interface VisitorContext {
  readonly returning: boolean;
  /** This one included. */
  readonly visits: number;
}

/** What an entry link tells, as the relay has read it. */
export interface EntryContext {
  readonly cohort?: string;
  readonly campaign?: string;
}

/** The entry link by which a visitor came. */
export interface Entry extends EntryContext {
  /** As it stood in the address. From a submission the relay takes this alone, and reads for itself what is in it. */
  readonly link: string;
}

/** What the browser tells of the device. A value that cannot be told is absent. */
export interface DeviceContext {
  /** `Android`, `ChromeOS`, `iOS`, `Linux`, `macOS` or `Windows`. */
  readonly operating_system?: string;
  readonly type: 'desktop' | 'mobile';
  /** BCP 47 tag that the browser prefers. */
  readonly language: string;
  /** IANA name, e.g. `Europe/Lisbon`. */
  readonly time_zone?: string;
}

/** Everything that a submission carries for templates and conditions: never a Braze attribute. */
export interface SubmissionContext {
  readonly answers: Answers;
  readonly page: PageContext;
  readonly device: DeviceContext;
  readonly visitor?: VisitorContext;
  readonly entry?: Entry;
}

/** What is counted of where people leave: something that happened in a conversation. */
export interface Passing {
  /**
   * `shown`: it has come to the node. `answered`: the question was answered, or passed over. Both once for each node. `refused`: an answer to
   * it was not taken.
   */
  readonly type: 'shown' | 'answered' | 'refused';
  readonly node: string;
  /** Of `shown`: the node that led there. Absent at the start of the flow. */
  readonly from?: string;
  /** Revision of the flow that it happened on, where that is not the submission's. */
  readonly revision?: string;
}

/** What has happened in a conversation since it was told last. */
export interface Passage {
  /**
   * How much of the conversation comes before this: so each passing has a number, and is counted once, also where a departure told it that
   * came to nothing.
   */
  readonly since: number;
  /** In the order in which it happened. */
  readonly passings: readonly Passing[];
}

/**
 * What the widget asks the relay to run: one action, or one branch that the relay decides; or one lifecycle event where the site wants it
 * told; with the context that it needs.
 */
export interface Submission extends SubmissionContext {
  /**
   * `<conversation id>.<step>`: derived, so a repeat by a second tab, a reload or a crash is the same submission. That of a lifecycle
   * event has its name besides: `<conversation id>.<step>.started`. It carries no answers.
   */
  readonly id: string;
  readonly flow: string;
  /** Revision of the flow that the conversation ran on when this was made. */
  readonly revision: string;
  /** BCP 47 tag of what was said: that of the published flow. Widgets of earlier releases do not say it. */
  readonly locale?: string;
  /** The action, or the branch that the relay decides; of a lifecycle event, where it happened. */
  readonly node: string;
  /** When the visitor brought it about: ISO 8601 in UTC, by the browser's clock. */
  readonly time: string;
  /** Id of the earlier submission whose answers this one corrects. */
  readonly corrects?: string;
  /** Where the site counts where people leave. Each part of it is told by one submission, and by departures before that. */
  readonly passed?: Passage;
}

/** The lifecycle event `abandoned`, as long as nobody knows whether it comes to that. */
export interface Departure extends Submission {
  /** The last answer to the question at hand was not taken. Absent where none was given. */
  readonly reason?: 'refused';
}

/** The relay's answer to one submission. */
export interface Receipt {
  readonly id: string;
  readonly outcome: Outcome;
  /** Node to go to. The widget takes it only if its published flow has it as a target there. */
  readonly next: string;
  /** With `invalid`: the field whose value was refused. */
  readonly field?: string;
  /** What the flow reveals of the answer that an action has read, by the names that texts have for it: `kept.<name>`. */
  readonly values?: Readonly<Record<string, Answer>>;
}

/** Answer of `GET /v1/flows/:id`: the flow, and what goes with it to the page that asks. */
export interface FlowResponse extends PublishedFlow {
  /** To pages of a site that has settings. */
  readonly site?: PublishedSite;
  /** What the entry link tells that was asked with. Absent where there was none, or it does not hold: then the flow is the page's own. */
  readonly entry?: EntryContext;
}

/** Body of `POST /v1/sessions`. */
export interface SessionRequest {
  /** The visitor credential of an earlier visit. Without one, or with one that does not hold, the relay makes a new visitor. */
  readonly visitor?: string;
  /** Signed word of the brand's backend on who is signed in here (JWT, RFC 7519): the page has got it, and hands it on. */
  readonly identity?: string;
  /** Where the site has its new visitors challenged: what the challenge gave the page. */
  readonly challenge?: string;
}

/**
 * What became of an identity: `verified`, or why it is not taken; then the session is that of who they were before. `unavailable`: the
 * brand's keys cannot be had now. `not_configured`: the site has named none.
 */
export type IdentityVerdict = 'verified' | 'expired' | 'invalid' | 'unavailable' | 'not_configured';

/** Answer of `POST /v1/sessions`. */
export interface SessionGrant {
  /** Long-lived signed word on who this browser is; kept beside the outbox. */
  readonly visitor: string;
  /** Signed word that this browser may submit now; sent as `Authorization: Bearer`. */
  readonly session: string;
  /** Seconds until the session ends. */
  readonly expires_in: number;
  /** Milliseconds that the relay lets a visitor wait for Braze. */
  readonly deadline: number;
  /** Where the request had an identity. */
  readonly identity?: IdentityVerdict;
}

/**
 * Why a browser gave something up. `age`: it could not be delivered for a week. `refused`: the relay refused it for good. `evicted`: there
 * was too much of it. `storage`: the browser's storage failed, once for each page.
 */
export type LossReason = 'age' | 'refused' | 'evicted' | 'storage';

/** What a browser could not deliver or keep, in whole numbers. */
export type Losses = Readonly<Partial<Record<LossReason, number>>>;

/** Body of `POST /v1/submissions`. */
export interface SubmissionsRequest {
  /** Oldest first. None only where there are losses to tell. */
  readonly submissions: readonly Submission[];
  /** When the request left: ISO 8601 in UTC, by the browser's clock. By it the relay sees how far that clock is off. */
  readonly sent?: string;
  /** What happened since the last request that was answered. */
  readonly losses?: Losses;
}

/**
 * Answer of `POST /v1/submissions`. A submission without a receipt here was not settled: the sender keeps it and sends it again.
 * When none could be settled the answer is 503 with `Retry-After` instead.
 */
export interface SubmissionsResponse {
  readonly receipts: readonly Receipt[];
  /** Seconds after which those without a receipt may be sent again. */
  readonly retry_after?: number;
}

/**
 * Body of `POST /v1/departures`; the answer is 204. A page that is left has no time for a session: the visitor credential speaks for it.
 */
export interface DepartureRequest {
  readonly visitor: string;
  /** When the request left: ISO 8601 in UTC, by the browser's clock. */
  readonly sent: string;
  /**
   * The visitor may be gone: `abandoned`, to be told if nothing more of that conversation comes for the idle time. It takes the place of
   * an earlier one of the conversation.
   */
  readonly left?: Departure;
  /** Id of a conversation that the visitor is with again: it is not abandoned. */
  readonly back?: string;
}

/** Body of `POST /v1/withdrawals`; the answer is 204. The visitor takes their consent back: the browser has erased what it kept. */
export interface WithdrawalRequest {
  readonly visitor: string;
}

/** Every refusal: RFC 9457 problem details. */
export interface Problem {
  /** `urn:parley:problem:challenge-required`: a new visitor of this site takes a challenge first. Absent: `about:blank`. */
  readonly type?: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Names the request in the relay's log; `X-Request-Id` of the answer is the same. */
  readonly request_id?: string;
}
