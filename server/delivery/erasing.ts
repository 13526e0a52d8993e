/**
 * Sees to it at Braze that who was erased here is erased there, or that the brand hears of it. To do it again is to do nothing: what was
 * deleted is not there any more. So a crash on the way loses nothing.
 */
import {
  brazeIdIn,
  deleteBodyOf,
  exportBodyOf,
  isNobody,
  lookUpBodyOf,
  shownIn,
  tellingBodyOf,
} from '../braze/erasure.ts';
import { createBrazeClient, type BrazeAnswer, type BrazeClient } from '../braze/client.ts';
import { judgeAnswer, type Judgement } from '../braze/outcome.ts';
import type { Profile } from '../braze/payload.ts';
import { createUpkeepExports, type UpkeepExports } from '../braze/upkeep-exports.ts';
import type { BrazeEnvironment, EnvironmentName, PageOwner, RelayConfig } from '../config.ts';
import { writtenNamesOf } from '../flows/written-names.ts';
import { adviceOf } from '../log-fields.ts';
import { createProfileRecord } from '../profile-record.ts';
import type { ErasureDue } from '../store/store.ts';
import { boundOf } from './backoff.ts';
import type { Erasure } from './erasure.ts';
import type { DeliveryPorts } from './lane.ts';
import { createRounds, type Rounds } from './rounds.ts';

export interface ErasingOptions {
  readonly config: Pick<RelayConfig, 'organization' | 'brazeTimeout' | 'retention'>;
  readonly ports: Pick<
    DeliveryPorts,
    'store' | 'setTimer' | 'log' | 'fetch' | 'clock' | 'listFlows' | 'permissions'
  >;
  /** As they are now. */
  readonly settings: () => Pick<RelayConfig, 'environments' | 'origins'>;
}

/** Milliseconds between two looks. */
const LOOK_EVERY = 5_000;

/**
 * In one look: with the pause between two, 180 in a minute. Braze takes 250 exports in a minute (`post_users_identifier`, rate limit),
 * and other programs of the brand's may ask too. Several processes together are told with a 429, and wait.
 */
const AT_ONCE = 15;

/** Profiles that are looked up to tell which of them are one. Who has more of them has given many addresses: some may be told twice. */
const LOOKED_UP = 5;

/** Requests of one, and milliseconds beyond them, until it is another's. */
const REQUESTS = LOOKED_UP + 3;
const CLAIM_MARGIN = 5_000;

/** Milliseconds until one that failed is tried again: twice as long each time, up to an hour. A permission that lacks is not given sooner. */
const PAUSES = { first: 60_000, most: 3_600_000 };

/**
 * Tries of what the key may not do, some two hours with these pauses: time to mend it. Then the brand is told by the event: a visitor who has
 * asked to be erased does not wait for a permission that nobody gives.
 */
const FORBIDDEN_TRIES = 8;

/** What each takes of the REST API key. */
const PERMISSIONS = {
  export: 'users.export.ids',
  delete: 'users.delete',
  event: 'users.track',
} as const;

/** Milliseconds that Braze may need until it shows what it has taken: its advice for requests that depend on each other (`api/api_limits`). */
const CONSISTENCY = 300_000;

/** Milliseconds after which nothing of an erased visitor is under way any more, and Braze shows all that was. */
export const waitForBraze = ({ brazeTimeout }: Pick<RelayConfig, 'brazeTimeout'>): number =>
  brazeTimeout + CONSISTENCY;

type Step = keyof typeof PERMISSIONS;

type End =
  | { readonly type: 'deleted' | 'absent' | 'left' | 'told' }
  /** Braze takes no such event: the brand has the log alone. */
  | { readonly type: 'untold' }
  | {
      readonly type: 'later';
      readonly step: Step;
      readonly status: string;
      readonly seconds: number;
      /** What the operator should do, if it is theirs to mend. */
      readonly advice?: string;
    };

export function createErasing({ config, ports, settings }: ErasingOptions): Rounds {
  const { store, setTimer, log, clock, listFlows } = ports;
  const record = createProfileRecord(config, ports);
  const lease = REQUESTS * config.brazeTimeout + CLAIM_MARGIN;
  const exporting = new Map<EnvironmentName, UpkeepExports>();

  const exportsOf = (environment: BrazeEnvironment): UpkeepExports => {
    const exports = exporting.get(environment.name) ?? createUpkeepExports(environment, ports);
    exporting.set(environment.name, exports);
    return exports;
  };

  /** Whose pages they were on, as the settings are now. */
  const ownerOf = ({ site, environment }: Erasure) =>
    [...settings().origins.values()].find(
      (owner) => owner.site === site && owner.environment.name === environment,
    );

  /** What a profile of its visitors may have of us. */
  const writtenFor = ({ events }: PageOwner) => writtenNamesOf(listFlows(), Object.values(events.names));

  /**
   * What they wrote to, each profile once where an export can tell: an alias that was joined to a person leads to the person, and so may an
   * address. Where it cannot, as without the permission to export, two events have the same `submission_id`.
   */
  const profilesOf = async (
    { visitor, others }: Erasure,
    lookUp: (profile: Profile) => Promise<string | undefined>,
  ): Promise<readonly Profile[]> => {
    if (others.length === 0) return [{ visitor }];
    // A person by their id, rather than by what leads there today.
    const byId = others.filter((each) => 'external_id' in each);
    const all = [...byId, ...others.filter((each) => !('external_id' in each)), { visitor }];
    // The alias among them: what else there is leads to where it does.
    const looked = new Set([...all.slice(0, LOOKED_UP - 1), ...all.slice(-1)]);
    const seen = new Set<string>();
    const told: Profile[] = [];
    for (const profile of all) {
      const id = looked.has(profile) ? await lookUp(profile) : undefined;
      if (id !== undefined && seen.has(id)) continue;
      if (id !== undefined) seen.add(id);
      told.push(profile);
    }
    return told;
  };

  const run = async (
    { erasure, attempts }: ErasureDue,
    client: BrazeClient,
    environment: BrazeEnvironment,
  ): Promise<End> => {
    const { visitor, others, since, at } = erasure;
    const owner = ownerOf(erasure);
    const exports = exportsOf(environment);
    const setting = owner?.erasure;
    // They say nothing of it any more, or there is no such site.
    if (owner === undefined || setting === undefined) return { type: 'left' };
    const judge = (answer: BrazeAnswer) =>
      judgeAnswer(answer, clock(), { sent: {}, requests: environment.requests });
    const later = (step: Step, answer: BrazeAnswer, judgement?: Judgement): End => {
      const asked = judgement && 'retryAfter' in judgement ? (judgement.retryAfter ?? 0) : 0;
      const pause = boundOf(attempts, PAUSES.first, PAUSES.most) / 1_000;
      const seconds = Math.min(Math.max(pause, asked), PAUSES.most / 1_000);
      const status = answer.type === 'response' ? String(answer.status) : answer.reason;
      const isForbidden = judgement?.type === 'operator';
      return { type: 'later', step, status, seconds, ...(isForbidden && { advice: adviceFor(step) }) };
    };
    const adviceFor = (step: Step) =>
      `Braze did not let a visitor be erased: let the REST API key of ${environment.name} do ${PERMISSIONS[step]}.${
        step === 'event' ? '' : ` After ${FORBIDDEN_TRIES} tries the profile gets the event instead.`
      }`;
    /** The same would be refused again, now or for as long as anybody waits. */
    const isOver = (judgement: Judgement): boolean =>
      isRefusal(judgement) || (judgement.type === 'operator' && attempts >= FORBIDDEN_TRIES);

    // Where an answer is the key, or an action, an alias is merged into the profile of whoever has it: nothing that an export shows would tell.
    const isMerged = owner.profile !== undefined || owner.unverified?.includes('merge') === true;
    const isTheirs = others.length === 0 && !isMerged && (await record.isWhole(since, at));
    if (setting.deletes && isTheirs && since !== undefined) {
      const exported = await exports.ask(client, exportBodyOf(visitor));
      const found = judge(exported);
      if (found.type !== 'taken' && !isOver(found)) return later('export', exported, found);
      const shown = shownIn(exported, visitor, since, writtenFor(owner));
      if (found.type === 'taken' && shown.type === 'absent') return { type: 'absent' };
      if (found.type === 'taken' && shown.type === 'alias_only') {
        const deleted = await client.deleteUsers(deleteBodyOf(shown.brazeId));
        const done = judge(deleted);
        if (done.type === 'taken') return isNobody(deleted) ? later('delete', deleted) : { type: 'deleted' };
        if (!isOver(done)) return later('delete', deleted, done);
      }
    }
    let mayLookUp = true;
    let unasked: BrazeAnswer | undefined;
    const profiles = await profilesOf(erasure, async (profile) => {
      if (!mayLookUp) return undefined;
      const answer = await exports.ask(client, lookUpBodyOf(profile));
      if (answer.type === 'no_answer' && answer.reason === 'budget') unasked = answer;
      mayLookUp = judge(answer).type === 'taken';
      return mayLookUp ? brazeIdIn(answer) : undefined;
    });
    // Later it is known which of them are one. Told twice they are rather than never.
    if (unasked && attempts < FORBIDDEN_TRIES) return later('export', unasked, judge(unasked));
    let end: End = { type: 'told' };
    for (let start = 0; start < profiles.length; start += environment.objects.limit) {
      const some = profiles.slice(start, start + environment.objects.limit);
      const told = await client.track(tellingBodyOf(erasure, some, setting.event));
      const taken = judge(told);
      if (taken.type !== 'taken' && !isRefusal(taken)) return later('event', told, taken);
      if (taken.type !== 'taken' || taken.errors.length > 0) end = { type: 'untold' };
    }
    return end;
  };

  const finish = async ({ erasure, attempts }: ErasureDue, end: End): Promise<void> => {
    const { visitor, site, environment } = erasure;
    const where = { site, environment };
    if (end.type === 'later') {
      const { type: _, ...said } = end;
      await store.erasures.postpone(visitor, end.seconds * 1_000);
      const level = end.advice === undefined ? 'warn' : 'error';
      log({ level, event: 'erasure_postponed', ...where, ...said, attempts });
      return;
    }
    await store.erasures.release(visitor);
    const level = end.type === 'untold' ? 'error' : erasure.hasMore ? 'warn' : 'info';
    const reason = erasure.hasMore && 'more_profiles';
    log({ level, event: 'erasure_settled', ...where, outcome: end.type, reason });
  };

  const lookUp = async (isClosed: () => boolean): Promise<void> => {
    try {
      const { environments } = settings();
      const due = await store.erasures.claimDue([...environments.keys()], AT_ONCE, lease * AT_ONCE);
      // One after the other: nobody waits for them.
      for (const each of due) {
        const environment = environments.get(each.erasure.environment);
        if (environment === undefined || isClosed()) return;
        await finish(each, await run(each, createBrazeClient(environment, config, ports), environment));
      }
    } catch (error) {
      log({ level: 'error', event: 'erasing_failed', advice: adviceOf(error) });
    }
  };

  return createRounds(lookUp, LOOK_EVERY, setTimer);
}

/** The same would be refused again. */
function isRefusal({ type }: Judgement): boolean {
  return type === 'refused' || type === 'too_many' || type === 'too_large';
}
