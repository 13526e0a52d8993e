/** For how long the relay keeps what, by the settings file. Of what is not here the life is a part of a promise, or of Braze's. */
import * as v from 'valibot';
import { SETTLEMENT_LIFE } from './store/lines.ts';

/** Milliseconds. */
export interface Retention {
  /** Settlements: what became of a submission, for who brings it again. */
  readonly receipts: number;
  /** Submissions that cannot be delivered, before they are dead letters. */
  readonly undelivered: number;
  /** Submissions that can never be delivered as they are. */
  readonly deadLetters: number;
  /** A revision of a flow after it was last given to a browser. */
  readonly revisions: number;
  /** Of "changes only": hashes of what Braze has acknowledged of a visitor. */
  readonly changes: number;
  /** To which profiles beside their own a visitor has written. */
  readonly profiles: number;
  /** Of where people leave: what was counted on one day. */
  readonly counts: number;
  /** That a visitor is erased. */
  readonly tombstones: number;
}

const DAY = 24 * 60 * 60 * 1_000;

/** Days. Longer is a mistake in the unit. */
const LONGEST = 3_650;

/** Days. What a browser brings may be 13 days old, and a submission that is forgotten would be counted twice (docs/decisions/0017). */
const LEAST_RECEIPTS = SETTLEMENT_LIFE / DAY;

/** Days: an outbox keeps a submission for 7, and a tab may be open for long before; what comes after 13 is not taken on. */
const LEAST_REVISIONS = 14;
const DEFAULT_REVISIONS = 30;

/**
 * Days. An outbox keeps a submission for 7, and the relay no less: who was told that theirs is kept is served no worse. A key that is replaced,
 * or a workspace that moves, takes days. After that it is a dead letter, which is kept for a quarter: an operator sends it again knowingly.
 */
const LEAST_UNDELIVERED = 7;

/** Days. In a day somebody has to have looked; a quarter is long enough to mend a flow and send them again. */
const LEAST_DEAD_LETTERS = 1;
const DEFAULT_DEAD_LETTERS = 90;

/** Days: somebody else may write the attribute meanwhile, and that is how long the brand then sees their value. */
const DEFAULT_CHANGES = 1;
const MOST_CHANGES = 7;

/**
 * Days. It is written anew each 30 days (`identity/profiles.ts`), and who comes back after a month is who they were. A browser keeps a
 * cookie for 400 at most (RFC 6265bis, section 5.5): who comes back within that is known.
 */
const LEAST_PROFILES = 90;
const DEFAULT_PROFILES = 400;

/** Days. A year, and a month to look back at it: the same season of last year can be compared. */
const DEFAULT_COUNTS = 400;

/** Days. No session lives as long, and nothing that was under way. */
const LEAST_TOMBSTONES = 30;

const days = (least: number, most = LONGEST) => {
  const words = `should be a whole number of days, from ${least} to ${most}`;
  return v.pipe(v.number(words), v.integer(words), v.minValue(least, words), v.maxValue(most, words));
};

export const RETENTION_SETTINGS = v.optional(
  v.strictObject(
    {
      receipts: v.optional(days(LEAST_RECEIPTS), LEAST_RECEIPTS),
      undelivered: v.optional(days(LEAST_UNDELIVERED), LEAST_UNDELIVERED),
      dead_letters: v.optional(days(LEAST_DEAD_LETTERS), DEFAULT_DEAD_LETTERS),
      revisions: v.optional(days(LEAST_REVISIONS), DEFAULT_REVISIONS),
      changes: v.optional(days(1, MOST_CHANGES), DEFAULT_CHANGES),
      profiles: v.optional(days(LEAST_PROFILES), DEFAULT_PROFILES),
      counts: v.optional(days(1), DEFAULT_COUNTS),
      // Without one for ever: a visitor credential does not expire by itself (docs/decisions/0030).
      tombstones: v.optional(days(LEAST_TOMBSTONES)),
    },
    'should be an object of days, such as {"dead_letters": 30}',
  ),
  {},
);

export type RetentionSettings = v.InferOutput<typeof RETENTION_SETTINGS>;

export const retentionOf = ({
  receipts,
  undelivered,
  dead_letters,
  revisions,
  changes,
  profiles,
  counts,
  tombstones = Infinity,
}: RetentionSettings): Retention => ({
  receipts: receipts * DAY,
  undelivered: undelivered * DAY,
  deadLetters: dead_letters * DAY,
  revisions: revisions * DAY,
  changes: changes * DAY,
  profiles: profiles * DAY,
  counts: counts * DAY,
  tombstones: tombstones * DAY,
});

/** Where the settings say nothing. */
export const DEFAULT_RETENTION_SETTINGS: RetentionSettings = v.parse(RETENTION_SETTINGS, undefined);
