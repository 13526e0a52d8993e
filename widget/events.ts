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

/** The visitor closed the floating chat. */
export class ParleyCloseEvent extends Event {
  constructor() {
    super('parley-close', { bubbles: true, composed: true });
  }
}

declare global {
  interface GlobalEventHandlersEventMap {
    'parley-outcome': ParleyOutcomeEvent;
    'parley-close': ParleyCloseEvent;
  }
}
