/**
 * The flow: a conversation as data, as a marketer writes it, and the view of it that a browser may see.
 * Widget and relay agree on these shapes; this file imports nothing.
 */

/**
 * One text for everybody, or one per locale (BCP 47 tag to text). In it stand templates (`flow/template.ts`) and the Markdown
 * of `flow/markup.ts`; labels of options and buttons take templates alone.
 */
export type Text = string | Readonly<Record<string, string>>;

/** A condition in JSONLogic (https://jsonlogic.com) over the context. */
export type Condition = unknown;

/** A value in which every string is a template, as it stands in an action's mapping. */
export type TemplateValue =
  string | number | boolean | readonly TemplateValue[] | { readonly [key: string]: TemplateValue };

/** What one question was answered with, in its normal form (`flow/answer.ts`). */
export type Answer = string | number | boolean | readonly string[];

/** One thing said: words, or a picture. */
export type Bubble<T = Text> = TextBubble<T> | ImageBubble<T>;

export interface TextBubble<T = Text> {
  readonly text: T;
}

export interface ImageBubble<T = Text> {
  /** Address of the picture: https, or a path of the page's own site. */
  readonly image: string;
  /** What there is to see, for those who do not see it. Empty for a mere ornament. */
  readonly alt: T;
  /** CSS pixels: the room that is kept for it, so that nothing moves when it comes. */
  readonly width: number;
  readonly height: number;
}

/** Says something, then goes on. */
export interface MessageNode {
  readonly type: 'message';
  /** One bubble of words; for more, `bubbles` stands in its place. */
  readonly text?: Text;
  readonly bubbles?: readonly Bubble[];
  readonly next: string;
}

/** How often a question is put again after an answer that cannot be taken, in which words, and where to go after that. */
export interface Retry<T = Text> {
  /** How often it is put again. Without it there is no end to the visitor's tries. */
  readonly limit?: number;
  /** In place of the widget's own words on what is wrong. */
  readonly text?: T;
  /** Where to go when the tries are used up: with `limit`, and only with it. */
  readonly next?: string;
}

/** What every question has. */
export interface AskBase<T = Text> {
  readonly type: 'ask';
  /** Name under which the answer is kept: `answers.<field>`. */
  readonly field: string;
  readonly text: T;
  /** May be passed over: then the answer is absent. */
  readonly optional?: boolean;
  readonly retry?: Retry<T>;
  readonly next: string;
}

/** Words on one line (`text`) or on several. */
export interface TextInput {
  readonly input: 'text' | 'multiline';
  /** Purpose that browsers fill in: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill */
  readonly autocomplete?: string;
  /** Characters, counted as Braze counts them, in UTF-16. */
  readonly min_length?: number;
  readonly max_length?: number;
  /** A regular expression that the whole answer matches, as HTML's `pattern` (with the `v` flag). */
  readonly pattern?: string;
}

export interface EmailInput {
  readonly input: 'email';
  readonly autocomplete?: string;
}

export interface PhoneInput {
  readonly input: 'phone';
  readonly autocomplete?: string;
  /** ISO 3166-1 alpha-2: where a number without its country code is from. */
  readonly country?: string;
}

/** `YYYY-MM-DD`, or relative to the visitor's own day: `today`, `-18y`, `+2w`, `-1m`, `+10d`. */
export type DateBound = string;

export interface DateInput {
  readonly input: 'date';
  /** `bday` is asked by three typed fields, any other date by the browser's own control. */
  readonly autocomplete?: string;
  readonly min?: DateBound;
  readonly max?: DateBound;
}

export interface NumberInput {
  readonly input: 'number';
  readonly autocomplete?: string;
  readonly min?: number;
  readonly max?: number;
  /** Whole numbers alone. */
  readonly integer?: boolean;
}

export interface Option<T = Text> {
  /** What is kept as the answer. */
  readonly value: string;
  readonly text: T;
}

/** One of several, or some of them: the answer is a value, or a list of values in the order of the options. */
export interface ChoiceInput<T = Text> {
  readonly input: 'choice';
  readonly options: readonly Option<T>[];
}

export interface ChoicesInput<T = Text> {
  readonly input: 'choices';
  readonly options: readonly Option<T>[];
  /** How many at least and at most. */
  readonly min?: number;
  readonly max?: number;
}

/** A whole number from `min` (default 1) to `max` (default 5). */
export interface RatingInput<T = Text> {
  readonly input: 'rating';
  readonly min?: number;
  readonly max?: number;
  /** What the lowest and the highest mean. */
  readonly low?: T;
  readonly high?: T;
}

/** Yes or no, as `true` or `false`: neither is chosen beforehand. */
export interface ConsentInput<T = Text> {
  readonly input: 'consent';
  /**
   * `storage`: where the page has visitors asked before anything is kept or sent, the answer says whether they let it. `marketing` is about
   * something else, such as a letter, and only an answer; so is a question without a purpose.
   */
  readonly purpose?: 'storage' | 'marketing';
  /** Words of the two buttons, in place of the widget's own. */
  readonly yes?: T;
  readonly no?: T;
}

export type Input<T = Text> =
  | TextInput
  | EmailInput
  | PhoneInput
  | DateInput
  | NumberInput
  | ChoiceInput<T>
  | ChoicesInput<T>
  | RatingInput<T>
  | ConsentInput<T>;

export type InputKind = Input['input'];

/** Asks for one field and waits for an acceptable answer. */
export type AskNode<T = Text> = AskBase<T> & Input<T>;

/**
 * Goes where the first case leads whose condition holds, else to `else`. One that reads `profile` or `kept` is decided by the relay: the
 * browser sees where it may lead, and nothing of why.
 */
export interface BranchNode {
  readonly type: 'branch';
  readonly cases: readonly { readonly when: Condition; readonly next: string }[];
  readonly else: string;
}

/** Sends visitors on by weight: each has the weight's share of the sum. The same visitor always goes the same way. */
export interface SplitNode {
  readonly type: 'split';
  readonly ways: readonly { readonly weight: number; readonly next: string }[];
}

/** The relay's verdict on a submission. `error` and `success` must be routed, the others have defaults. */
export type Outcome = 'success' | 'error' | 'invalid' | 'queued';

/** Where each outcome leads. Without a target `queued` goes where `success` goes; `invalid` asks again. */
export interface Routes {
  readonly success: string;
  readonly error: string;
  readonly invalid?: string;
  readonly queued?: string;
  /** An outcome of the flow's own: a `success` of which the answer says more. Where it is published it has a number for its name. */
  readonly [named: string]: string | undefined;
}

/** Calls something of the relay's registry (`server/actions/`), which says what keys it has besides. The mapping stays on the relay. */
export interface ActionNode {
  readonly type: 'action';
  /** Such as `users/track`. */
  readonly call: string;
  /** Of an action with an answer to read: the first whose condition over `response` holds is the outcome. */
  readonly outcomes?: Readonly<Record<string, Condition>>;
  /** What of the answer is kept on the relay for as long as the conversation: paths into `response`, by the name that `kept` has it under. */
  readonly keep?: Readonly<Record<string, string>>;
  /** What of that may be told to the browser. */
  readonly reveal?: readonly string[];
  readonly on: Routes;
}

/** A way to someone else: an address, a telephone number, or an event that the page around the widget handles. */
export type Offer<T = Text> = { readonly text: T } & (
  { readonly link: string } | { readonly phone: string } | { readonly event: string }
);

/** Offers the visitor someone else to talk to, then goes on. */
export interface HandoffNode {
  readonly type: 'handoff';
  readonly text?: Text;
  readonly offers: readonly Offer[];
  readonly next: string;
}

/** The conversation is over. */
export interface EndNode {
  readonly type: 'end';
  readonly text?: Text;
}

export type FlowNode = MessageNode | AskNode | BranchNode | SplitNode | ActionNode | HandoffNode | EndNode;

/** A flow as it is written and as the relay holds it. */
export interface Flow {
  readonly id: string;
  /** Locale of the texts that are given as one string, and the last fallback. Default `en`. */
  readonly locale?: string;
  readonly start: string;
  readonly nodes: Readonly<Record<string, FlowNode>>;
}

/** A message as the browser sees it: bubbles in any case. */
export interface PublishedMessageNode {
  readonly type: 'message';
  readonly bubbles: readonly Bubble<string>[];
  readonly next: string;
}

/** What the relay runs, as the browser sees it: where it may lead, and nothing of what is written or why. */
export interface PublishedActionNode {
  readonly type: 'action';
  /**
   * It is a question and writes nothing, so that its submission is never stored: an action that reads, or a branch that the relay decides,
   * which has its `else` where the outcomes lead.
   */
  readonly asks?: true;
  readonly on: Routes;
}

export interface PublishedHandoffNode {
  readonly type: 'handoff';
  readonly text?: string;
  readonly offers: readonly Offer<string>[];
  readonly next: string;
}

export interface PublishedEndNode {
  readonly type: 'end';
  readonly text?: string;
}

export type PublishedNode =
  | PublishedMessageNode
  | AskNode<string>
  | BranchNode
  | SplitNode
  | PublishedActionNode
  | PublishedHandoffNode
  | PublishedEndNode;

/** What `GET /v1/flows/:id?locale=` answers: one locale, no mapping, no visitor. */
export interface PublishedFlow {
  readonly id: string;
  /** Hash of the flow's content; the ETag of the response. */
  readonly revision: string;
  readonly locale: string;
  readonly start: string;
  readonly nodes: Readonly<Record<string, PublishedNode>>;
}
