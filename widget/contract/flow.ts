/**
 * The flow: a conversation as data, as a marketer writes it, and the view of it that a browser may see.
 * Widget and relay agree on these shapes; this file imports nothing.
 */

/** One text for everybody, or one per locale (BCP 47 tag to text). */
export type Text = string | Readonly<Record<string, string>>;

/** What an `ask` takes. The normal forms are in `flow/answer.ts`. */
export type InputKind = 'text' | 'email' | 'date';

/** A condition in JSONLogic (https://jsonlogic.com) over the context. */
export type Condition = unknown;

/** A value in which every string is a template, as it stands in an action's mapping. */
export type TemplateValue =
  string | number | boolean | readonly TemplateValue[] | { readonly [key: string]: TemplateValue };

/** Says something, then goes on. */
export interface MessageNode<T = Text> {
  readonly type: 'message';
  readonly text: T;
  readonly next: string;
}

/** Asks for one field and waits for an acceptable answer. */
export interface AskNode<T = Text> {
  readonly type: 'ask';
  /** Name under which the answer is kept: `answers.<field>`. */
  readonly field: string;
  readonly input: InputKind;
  readonly text: T;
  readonly next: string;
}

/** Goes where the first case leads whose condition holds, else to `else`. */
export interface BranchNode {
  readonly type: 'branch';
  readonly cases: readonly { readonly when: Condition; readonly next: string }[];
  readonly else: string;
}

/** The relay's verdict on a submission. `error` and `success` must be routed, the others have defaults. */
export type Outcome = 'success' | 'error' | 'invalid' | 'queued';

/** Where each outcome leads. Without a target `queued` goes where `success` goes; `invalid` asks again. */
export interface Routes {
  readonly success: string;
  readonly error: string;
  readonly invalid?: string;
  readonly queued?: string;
}

/** One custom event that an action writes. */
export interface EventMapping {
  readonly name: string;
  readonly properties?: Readonly<Record<string, TemplateValue>>;
  /** Written again when a corrected answer makes a new submission. Default false: it happened once. */
  readonly repeat?: boolean;
}

/** Calls something of the relay's registry. The mapping stays on the relay. */
export interface ActionNode {
  readonly type: 'action';
  readonly call: 'users/track';
  readonly attributes?: Readonly<Record<string, TemplateValue>>;
  readonly events?: readonly EventMapping[];
  readonly on: Routes;
}

/** The conversation is over. */
export interface EndNode<T = Text> {
  readonly type: 'end';
  readonly text?: T;
}

export type FlowNode = MessageNode | AskNode | BranchNode | ActionNode | EndNode;

/** A flow as it is written and as the relay holds it. */
export interface Flow {
  readonly id: string;
  /** Locale of the texts that are given as one string, and the last fallback. Default `en`. */
  readonly locale?: string;
  readonly start: string;
  readonly nodes: Readonly<Record<string, FlowNode>>;
}

/** An action as the browser sees it: where it may lead, and nothing of what it writes. */
export interface PublishedActionNode {
  readonly type: 'action';
  readonly on: Routes;
}

export type PublishedNode =
  MessageNode<string> | AskNode<string> | BranchNode | PublishedActionNode | EndNode<string>;

/** What `GET /v1/flows/:id?locale=` answers: one locale, no mapping, no visitor. */
export interface PublishedFlow {
  readonly id: string;
  /** Hash of the flow's content; the ETag of the response. */
  readonly revision: string;
  readonly locale: string;
  readonly start: string;
  readonly nodes: Readonly<Record<string, PublishedNode>>;
}
