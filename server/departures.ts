/**
 * Who leaves and who is back: a visitor who goes on to the next page has left the one before, and is not gone. So `abandoned` is kept
 * for the site's idle time, and void as soon as anything more comes of the conversation. There is one at most of each conversation. It is
 * kept without its name: what it is called, and whether it is told, the site's settings of the day say on which it is due. So it is with the
 * profile: whose it is by then is looked up when it is due.
 */
import type { Departure, DepartureRequest, SubmissionsRequest } from '../widget/contract/wire.ts';
import { datedByRelay, isExpired, TOLERANCE, type Moment } from './clock-offset.ts';
import type { PageOwner, RelayConfig } from './config.ts';
import type { Work } from './delivery/work.ts';
import type { Entering, Known } from './entering.ts';
import type { Visitor } from './identity/credentials.ts';
import type { Profiles } from './identity/profiles.ts';
import type { Revisions } from './flows/revisions.ts';
import { partsOf, UNNAMED } from './lifecycle.ts';
import type { Ports } from './ports.ts';
import type { Counter } from './places/counting.ts';
import { type SiteEvents } from './site-settings.ts';
import { admit, workOf } from './submissions.ts';

export interface Departures {
  /**
   * What a page tells as it is left, or come back to. It is admitted as a submission is; where it is not, it is a problem.
   * @throws {StoreError}
   */
  take(
    request: DepartureRequest,
    visitor: Visitor,
    owner: PageOwner,
    known: Known,
  ): Promise<{ readonly problem: string } | undefined>;
  /**
   * Submissions have come: what was left before they were made is not abandoned.
   * @param request as the browser dates it
   * @throws {StoreError}
   */
  goOn(request: SubmissionsRequest, visitor: string, owner: PageOwner): Promise<void>;
  /**
   * Drops what is kept of the visitor, and what is on its way.
   * @throws {StoreError}
   */
  dropAll(visitor: string): Promise<void>;
}

/** Milliseconds that nothing is kept of a visitor who is dropped: what was on its way by then has arrived, or never will. */
const DROPPED_LIFE = TOLERANCE;

/** Milliseconds that it is remembered when something came: what is on its way for longer is not told from one of a clock that was set. */
const MARK_LIFE = TOLERANCE;

export function createDepartures(
  { spoolLimit }: Pick<RelayConfig, 'spoolLimit'>,
  {
    counting,
    entering,
    profiles,
    revisions,
  }: {
    readonly counting: Counter;
    readonly entering: Entering;
    readonly profiles: Profiles;
    readonly revisions: Revisions;
  },
  { clock, log, store }: Pick<Ports, 'clock' | 'log' | 'store'>,
): Departures {
  let isFull = false;

  const momentOf = (time: string, sent: string | undefined): Moment => ({
    at: Date.parse(time),
    offset: sent === undefined ? 0 : clock() - Date.parse(sent),
  });

  /** Void it is in any case, also where the site has ceased to tell it. What comes late is kept only where it does. */
  const cancel = (name: string, moment: Moment, events: SiteEvents): Promise<void> =>
    store.provisional.cancel(
      name,
      moment,
      isTold(events) ? { life: MARK_LIFE, limit: spoolLimit } : undefined,
    );

  const keep = async (name: string, work: Work, moment: Moment, idle: number): Promise<void> => {
    const kept = await store.provisional.hold({ name, work, ...moment, dueAt: clock() + idle }, spoolLimit);
    // Once, and not for each page that is left.
    if (kept === 'full' && !isFull) {
      log({ level: 'warn', event: 'provisional_full', limit: spoolLimit, site: work.site });
    }
    if (kept !== 'late') isFull = kept === 'full';
  };

  const leave = async (
    left: Departure,
    sent: string,
    { id: visitor, externalId }: Visitor,
    owner: PageOwner,
    known: Known,
  ): Promise<{ readonly problem: string } | undefined> => {
    const now = clock();
    const [dated = left] = datedByRelay({ submissions: [left], sent }, now);
    const admission = admit(dated, await revisions.find(left.flow, left.revision), UNNAMED);
    if ('problem' in admission) return admission;
    if ('asks' in admission) return { problem: `submission ${left.id}: nobody leaves by asking` };
    if (isExpired(dated, left, { sent }, now)) return undefined;
    const { conversation } = partsOf(left.id);
    const name = nameOf(visitor, conversation);
    const id = `${conversation}.abandoned`;
    // Told already: there is one of each conversation. Where it has been since is still to be counted.
    if (!owner.events.counts && (await store.find(`${visitor}/${id}`))) return undefined;
    const session = {
      visitor,
      site: owner.site,
      environment: owner.environment.name,
      ...(externalId !== undefined && { externalId }),
    };
    const entered = (await entering.read([dated], owner, session, known)).get(dated);
    const submission = { ...admission.submission, id };
    const { unacceptable } = admission;
    const [assigned] = await profiles.assign([{ submission, entered, unacceptable }], session, owner);
    const circumstances = { now, trace: known.trace, entered, assigned };
    const { work } = workOf({ ...admission, submission }, session, circumstances);
    const passed = await counting.read(dated, visitor, owner);
    await keep(
      name,
      { ...work, ...(passed && { passed }) },
      momentOf(left.time, sent),
      owner.events.abandonedAfter,
    );
    return undefined;
  };

  return {
    async take({ sent, left, back }, visitor, owner, known) {
      const { events } = owner;
      if (back !== undefined) await cancel(nameOf(visitor.id, back), momentOf(sent, sent), events);
      if (!isTold(events)) return undefined;
      return left && leave(left, sent, visitor, owner, known);
    },
    async goOn({ submissions, sent }, visitor, { events }) {
      const latest = new Map<string, Moment>();
      for (const { id, time } of submissions) {
        const name = nameOf(visitor, partsOf(id).conversation);
        const moment = momentOf(time, sent);
        if (moment.at > (latest.get(name)?.at ?? -Infinity)) latest.set(name, moment);
      }
      await Promise.all([...latest].map(([name, moment]) => cancel(name, moment, events)));
    },
    dropAll: (visitor) => store.provisional.dropAll(visitor, DROPPED_LIFE),
  };
}

const isTold = ({ names, counts }: SiteEvents): boolean => names.abandoned !== undefined || counts;

const nameOf = (visitor: string, conversation: string): string => `${visitor}/${conversation}`;
