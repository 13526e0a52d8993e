/** Which submissions the visitor may count on: seen accepted, or named by a conversation that is stored. */
import type { Submission } from '../../widget/contract/wire.ts';
import { saidIn } from './flow.ts';
import type { Ledger } from './ledger.ts';
import type { Life } from './life.ts';
import type { Written } from './storage.ts';

export interface Acceptance {
  /** A transaction was committed. */
  readonly stored: (life: Life, written: Written) => void;
  /** A page that remembers it alone saw it go on. */
  readonly remembered: (submission: Made) => void;
}

type Made = Pick<Submission, 'id' | 'corrects' | 'node' | 'answers'>;

interface Stored {
  readonly submission?: Made;
  readonly snapshot?: {
    readonly awaiting?: string;
    readonly path: readonly { readonly submission?: string }[];
  };
}

/** @param tell hears of each, once */
export function acceptIn(ledger: Ledger, tell: (id: string) => void): Acceptance {
  const accept = (id: string, isStored: boolean) => {
    const known = ledger.accepted.get(id);
    if (known) known.isStored ||= isStored;
    else {
      ledger.accepted.set(id, { isStored, isVolatile: false });
      tell(id);
    }
  };
  const note = (submission: Made) => {
    const { id, corrects } = submission;
    const said = saidIn(submission);
    if (said) ledger.words.set(id, said);
    if (corrects !== undefined) ledger.corrected.set(id, corrects);
  };
  return {
    stored(life, written) {
      ledger.note(`${life.name} writes ${[...written.keys()].map(shorten).join(' ')}`);
      for (const value of written.values()) {
        const { submission, snapshot } = (value ?? {}) as Stored;
        if (submission) {
          note(submission);
          accept(submission.id, true);
        }
        for (const passed of snapshot?.path ?? []) {
          if (passed.submission !== undefined) accept(passed.submission, true);
        }
      }
    },
    remembered(submission) {
      note(submission);
      accept(submission.id, false);
    },
  };
}

const shorten = (key: string): string => key.replace(/[[\]"]/g, '');
