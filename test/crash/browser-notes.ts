/** What a visitor means to say, and what is seen of it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../long/random.ts';
import type { Said } from './browser-judging.ts';
import type { Words } from './browser-visitor.ts';

export interface Notes extends Words, Said {
  /** Resolves when the visitor has seen so many more words accepted, and says nothing more. */
  end(more: number): Promise<void>;
}

/** @param longest milliseconds that the visitor thinks about a word, at most */
export function takeNotes(random: Random, longest: number): Notes {
  const accepted = new Set<string>();
  const sent = new Map<string, Set<string>>();
  let count = 0;
  let isOver = false;
  let hear: () => void = () => undefined;
  return {
    accepted,
    sent,
    async next() {
      await pause(random.nat(longest));
      count += 1;
      return isOver ? undefined : `word ${count}`;
    },
    noteAccepted(word) {
      accepted.add(word);
      hear();
    },
    noteSent(word, submission) {
      const ids = sent.get(word) ?? new Set();
      sent.set(word, ids.add(submission));
    },
    end(more) {
      const enough = accepted.size + more;
      return new Promise((resolve) => {
        hear = () => {
          isOver = accepted.size >= enough;
          if (isOver) resolve();
        };
      });
    },
  };
}
