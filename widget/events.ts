/** The DOM events that the widget fires at `<parley-chat>`. */
import type { Outcome } from './contract/flow.ts';

/** A submission was settled, or has to wait. Fired again when one that waited is settled. */
export class ParleyOutcomeEvent extends Event {
  readonly submission: string;
  readonly outcome: Outcome;
  constructor(submission: string, outcome: Outcome) {
    super('parley-outcome', { bubbles: true, composed: true });
    this.submission = submission;
    this.outcome = outcome;
  }
}

/**
 * Something did not go well, and the visitor goes on all the same. `storage`: the browser keeps nothing, so what is said lasts as long as
 * the page. `undeliverable`: submissions were given up, because the relay refused them for good, or after a week, or because there was too
 * much of them.
 */
export class ParleyErrorEvent extends Event {
  readonly reason: 'storage' | 'undeliverable';
  /** For a developer. */
  readonly detail: string;
  constructor(reason: ParleyErrorEvent['reason'], detail: string) {
    super('parley-error', { bubbles: true, composed: true });
    this.reason = reason;
    this.detail = detail;
  }
}

/** The visitor closed the floating chat. */
export class ParleyCloseEvent extends Event {
  constructor() {
    super('parley-close', { bubbles: true, composed: true });
  }
}

/** The visitor took an offer of a handoff that the page itself is to answer, such as to open its own live chat. */
export class ParleyHandoffEvent extends Event {
  /** The event that the flow names. */
  readonly name: string;
  /** Id of the node that offered it. */
  readonly node: string;
  constructor(name: string, node: string) {
    super('parley-handoff', { bubbles: true, composed: true });
    this.name = name;
    this.node = node;
  }
}

declare global {
  interface GlobalEventHandlersEventMap {
    'parley-outcome': ParleyOutcomeEvent;
    'parley-close': ParleyCloseEvent;
    'parley-error': ParleyErrorEvent;
    'parley-handoff': ParleyHandoffEvent;
  }
}
