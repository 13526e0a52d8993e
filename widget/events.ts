/**
 * The DOM events that the widget fires at `<parley-chat>`, where they bubble and leave shadow trees (docs/events.md). None of them tells
 * what was said, unless the page asks for it with `values`.
 */
import type { Answer, InputKind, Outcome } from './contract/flow.ts';
import type { IdentityVerdict } from './contract/wire.ts';

/** The visitor has answered a question, or passed it over: in this tab, and otherwise than it was answered before. */
export interface ParleyAnswerEvent extends Event {
  /** Id of the question's node. */
  readonly node: string;
  /** Name under which the answer is kept. */
  readonly field: string;
  readonly input: InputKind;
  /** What was said, in its normal form; null where the question was passed over. With `values` alone. */
  readonly value?: Answer | null;
}

/** The conversation was led one way out of several: in this tab, and otherwise than it was led there before. */
export interface ParleyBranchEvent extends Event {
  /** Id of the node that led there. */
  readonly node: string;
  /** Id of the node that it led to. */
  readonly next: string;
  /** `ask`: the visitor's tries were used up. */
  readonly kind: 'branch' | 'split' | 'action' | 'ask';
  /** Of an action. */
  readonly outcome?: Outcome;
}

/** A submission was settled, or has to wait. Fired again when one that waited is settled, and in each tab that is open. */
export interface ParleyOutcomeEvent extends Event {
  readonly submission: string;
  readonly outcome: Outcome;
}

/** The conversation has come to an end, in this tab. */
export interface ParleyEndEvent extends Event {
  /** Id of the end's node. */
  readonly node: string;
}

/** The visitor took an offer of a handoff that the page itself is to answer, such as to open its own live chat. */
export interface ParleyHandoffEvent extends Event {
  /** The event that the flow names. */
  readonly name: string;
  /** Id of the node that offered it. */
  readonly node: string;
}

/**
 * Something did not go well. `unreachable`: the conversation cannot go on before the visitor has tried again, since the relay cannot be
 * reached, or does not have the flow. `storage`: the browser keeps nothing, so what is said lasts as long as the page. `undeliverable`:
 * submissions were given up, because the relay refused them for good, or after a week, or because there was too much of them. `identity`:
 * the relay did not take what `identify()` was given, and `verdict` tells why; the conversation goes on as whoever it was. `challenge`: the
 * relay takes no new visitor of this site without a challenge; what was said waits for `setChallenge()`.
 */
export interface ParleyErrorEvent extends Event {
  readonly reason: 'unreachable' | 'storage' | 'undeliverable' | 'identity' | 'challenge';
  /**
   * Of `identity`. `expired`, `invalid`: `identify()` with another one tries again. `unavailable`: the keys to check it with cannot be had now;
   * it is tried again with the next session. `not_configured`: the site has named no keys.
   */
  readonly verdict?: Exclude<IdentityVerdict, 'verified'>;
  /** For a developer. */
  readonly detail: string;
}

/**
 * Who the visitor is has changed. `verified`: the relay has taken what `identify()` was given, and who is signed in is joined with what was
 * said. `ended`: they have left, here or in another tab, and nothing of theirs is shown any more. `erased`: the relay has confirmed that it
 * has forgotten a visitor who asked for it.
 */
export interface ParleyVisitorEvent extends Event {
  readonly change: 'verified' | 'ended' | 'erased';
}

interface Events {
  /** A floating chat is shown, whoever has opened it. */
  'parley-open': Event;
  /** A floating chat is hidden, whoever has closed it. */
  'parley-close': Event;
  'parley-answer': ParleyAnswerEvent;
  'parley-branch': ParleyBranchEvent;
  'parley-outcome': ParleyOutcomeEvent;
  'parley-end': ParleyEndEvent;
  'parley-handoff': ParleyHandoffEvent;
  'parley-error': ParleyErrorEvent;
  /** The visitor or the page has said whether anything may be kept and sent: `consentState` of the element tells. */
  'parley-consent': Event;
  'parley-visitor': ParleyVisitorEvent;
}

/** An event as it is to be fired: its type, and what it tells. */
export type Told = { [Type in keyof Events]: readonly [Type, Omit<Events[Type], keyof Event>] }[keyof Events];

export function fire(target: EventTarget, ...[type, told]: Told): void {
  target.dispatchEvent(Object.assign(new Event(type, { bubbles: true, composed: true }), told));
}

declare global {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type
  interface GlobalEventHandlersEventMap extends Events {}
}
