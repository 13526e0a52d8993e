/**
 * All profiles that are read from one environment: who waits, who is asked for together, and what becomes of an answer. Where little is
 * read, a request leaves at once; where much is, those who come within a moment share one.
 */
import { createBrazeClient, type BrazeAnswer } from './braze/client.ts';
import { paceOf } from './braze/export-pace.ts';
import { judgeAnswer, type Judgement } from './braze/outcome.ts';
import { isPossibleId, MAX_EXPORT_IDS, profilesBodyOf, profilesIn } from './braze/profile-export.ts';
import { rollingSlotsOf } from './braze/rate-slots.ts';
import { EXPORTS, readingLimitOf, reserveOf } from './braze/upkeep-exports.ts';
import type { BrazeEnvironment, RelayConfig } from './config.ts';
import { createGate, type Pass } from './delivery/gate.ts';
import type { ProfileCache } from './profile-cache.ts';
import { hearPermission, type Permissions } from './permissions.ts';
import type { NotNow, ProfileRead, ReadingPorts } from './profile-reading.ts';

export interface ProfileLane {
  /**
   * @param tell is called once, unless it is given up before: perhaps before this returns
   * @returns gives up: nobody waits any longer
   */
  ask(asked: AskedProfile, tell: (read: ProfileRead) => void): () => void;
  /** What is on its way to who asked is out of date. */
  forget(externalId: string): void;
  /** @returns whether it is another workspace, or may be: what was read of the one before says nothing */
  replace(environment: BrazeEnvironment): boolean;
  /** Who waits is told, and nothing leaves any more. */
  close(): void;
}

export interface AskedProfile {
  readonly externalId: string;
  /** Each once, in one order. */
  readonly fields: readonly string[];
  /** Milliseconds that somebody waits. */
  readonly wait: number;
  /** Milliseconds that the answer is kept. */
  readonly maxAge: number;
}

export interface ProfileLaneOptions {
  readonly environment: BrazeEnvironment;
  readonly config: Pick<RelayConfig, 'organization' | 'brazeTimeout' | 'deadline'>;
  readonly permissions: Permissions;
  readonly cache: Pick<ProfileCache, 'keep'>;
  readonly ports: ReadingPorts;
}

/** Somebody for whom reads wait. */
interface Wanted {
  readonly externalId: string;
  readonly readers: Set<(read: ProfileRead) => void>;
  /** Milliseconds since 1970: then they leave, with whom there is. */
  leaveBy: number;
  /** The longest of those who asked. */
  maxAge: number;
  /** Something was written since they were asked for. */
  isStale: boolean;
}

/** Who is asked for with the same fields: they may share a request. */
interface Group {
  readonly fields: readonly string[];
  readonly name: string;
  /** By id, in the order in which they came. */
  waiting: Map<string, Wanted>;
  readonly underWay: Map<string, Wanted>;
  /** The earliest of those who wait. */
  leaveBy: number;
  /** How many a request asks for at most: fewer after an answer that was too long. */
  most: number;
  /** Milliseconds since 1970 until which it is not asked again what Braze has refused. */
  refusedUntil: number;
}

const PERMISSION = 'users.export.ids';

/** Of the time that somebody waits: so long they wait for others at most. The rest is Braze's, whose exports are slow. */
const COMPANY = 1 / 2;

/** By so many of the last it is known how many come. */
const ARRIVALS = 8;

/** Exports under way at once: each may have some megabytes. At 300 ms each that is 200 a second, and a minute's limit within two. */
const AT_ONCE = 64;

/** Milliseconds: flows are mended by the minute. */
const REFUSED_FOR = 60_000;

/** What an answer came to, in the log: what it means to the request, or why it says nothing. */
type Meaning = Judgement['type'] | 'too_long' | 'unreadable';

export function createProfileLane({
  environment: first,
  config,
  permissions,
  cache,
  ports,
}: ProfileLaneOptions): ProfileLane {
  const { clock, setTimer, log, metrics } = ports;
  const { name, exports } = first;
  const limit = readingLimitOf(exports);
  const gate = createGate(first, config, ports, {
    name: EXPORTS,
    permission: PERMISSION,
    requests: exports,
    slotsOf: (each) => rollingSlotsOf(each, reserveOf(each.limit)),
  });
  const groups = new Map<string, Group>();
  let environment = first;
  let client = createBrazeClient(first, config, ports);
  /** When those left that may count in the present window, the oldest first. */
  let departures: number[] = [];
  /** When the last of those came who were to be asked for, the oldest first. */
  let arrivals: number[] = [];
  /** Milliseconds since 1970: before then nothing may leave. */
  let heldUntil = 0;
  let inFlight = 0;
  let isAsking = false;
  let isClosed = false;
  let alarm: (() => void) | undefined;
  /** What another key or endpoint was blamed for is forgotten. */
  let replaced = Promise.resolve();

  const groupOf = (fields: readonly string[]): Group => {
    const group = groups.get(fields.join()) ?? {
      fields,
      name: fields.join(),
      waiting: new Map<string, Wanted>(),
      underWay: new Map<string, Wanted>(),
      leaveBy: Infinity,
      most: MAX_EXPORT_IDS,
      refusedUntil: 0,
    };
    groups.set(group.name, group);
    return group;
  };

  const tellAll = ({ readers }: Wanted, read: ProfileRead) => {
    for (const tell of readers) tell(read);
    readers.clear();
  };

  const notNow = (wanted: readonly Wanted[], reason: NotNow) => {
    for (const each of wanted) tellAll(each, { type: 'not_now', reason });
  };

  const takeWaiting = (group: Group): readonly Wanted[] => {
    const all = [...group.waiting.values()];
    group.waiting = new Map();
    group.leaveBy = Infinity;
    return all;
  };

  const refuseWaiting = (reason: NotNow) => {
    for (const group of groups.values()) notNow(takeWaiting(group), reason);
  };

  /** In that order. Somebody who is there twice was asked for anew meanwhile, and is one. */
  const setWaiting = (group: Group, wanted: readonly Wanted[]) => {
    group.waiting = new Map();
    for (const each of wanted) {
      const same = group.waiting.get(each.externalId);
      if (same) for (const reader of each.readers) same.readers.add(reader);
      else if (each.readers.size > 0) group.waiting.set(each.externalId, each);
    }
    group.leaveBy = Math.min(...[...group.waiting.values()].map(({ leaveBy }) => leaveBy));
  };

  /** To leave first. */
  const putBack = (group: Group, batch: readonly Wanted[]) => {
    for (const each of batch) each.leaveBy = clock();
    setWaiting(group, [...batch, ...group.waiting.values()]);
  };

  /** Of the group that has waited for longest, or of one that fills a request. */
  const nextGroup = (): Group | undefined => {
    const waiting = [...groups.values()].filter((group) => group.waiting.size > 0);
    const full = waiting.find((group) => group.waiting.size >= group.most);
    return full ?? waiting.sort((one, other) => one.leaveBy - other.leaveBy)[0];
  };

  /** Milliseconds until a request should leave; `undefined` where nobody waits. */
  const dueIn = (): number | undefined => {
    const group = nextGroup();
    if (!group) return undefined;
    const now = clock();
    const held = heldUntil - now;
    // Longer than anybody is held: the clock was set back.
    if (held > 0 && held < config.deadline) return held;
    if (group.waiting.size >= group.most) return 0;
    departures = departures.filter((at) => now - at < limit.window);
    const interval = (now - (arrivals[0] ?? now)) / arrivals.length;
    const pace = paceOf(limit, { left: gate.left(), own: departures.length, interval });
    return Math.min((departures.at(-1) ?? -Infinity) + pace, group.leaveBy) - now;
  };

  const takeBatch = (): { readonly group: Group; readonly batch: readonly Wanted[] } | undefined => {
    const group = nextGroup();
    if (!group) return undefined;
    const all = takeWaiting(group);
    setWaiting(group, all.slice(group.most));
    return { group, batch: all.slice(0, group.most) };
  };

  const wakeIn = (milliseconds: number) => {
    alarm = setTimer(() => {
      alarm = undefined;
      stir();
    }, milliseconds);
  };

  const stir = () => {
    if (isAsking || isClosed) return;
    alarm?.();
    alarm = undefined;
    void letLeave();
  };

  const letLeave = async () => {
    isAsking = true;
    try {
      while (inFlight < AT_ONCE) {
        const due = dueIn();
        if (due === undefined) return;
        if (due > 0) {
          wakeIn(Math.ceil(due));
          return;
        }
        await replaced;
        const permit = await gate.permit();
        if (permit.type === 'wait') {
          heldUntil = clock() + permit.milliseconds;
          continue;
        }
        if (permit.type === 'shut') {
          const { breaker } = await gate.state();
          refuseWaiting(breaker.type === 'closed' ? 'budget' : 'shut');
          continue;
        }
        const next = isClosed ? undefined : takeBatch();
        if (next) void carry(next.group, next.batch, permit.pass);
        else await gate.giveBack(permit.pass);
      }
    } finally {
      isAsking = false;
    }
  };

  const carry = async (group: Group, batch: readonly Wanted[], pass: Pass) => {
    departures.push(clock());
    inFlight += 1;
    for (const each of batch) group.underWay.set(each.externalId, each);
    try {
      await request(group, batch, pass);
    } catch (error) {
      const fault = error instanceof Error ? error.name : typeof error;
      log({ level: 'error', event: 'relay_fault', environment: name, fault });
      notNow(batch, 'fault');
    } finally {
      land(group, batch);
      inFlight -= 1;
      stir();
    }
  };

  /** What comes for them is told to who asked, and not kept. */
  const leaveBehind = ({ underWay }: Group): readonly Wanted[] => {
    const all = [...underWay.values()];
    for (const wanted of all) wanted.isStale = true;
    underWay.clear();
    return all;
  };

  const land = (group: Group, batch: readonly Wanted[]) => {
    for (const each of batch)
      if (group.underWay.get(each.externalId) === each) group.underWay.delete(each.externalId);
  };

  const request = async (group: Group, batch: readonly Wanted[], pass: Pass) => {
    const start = clock();
    const ids = batch.map(({ externalId }) => externalId);
    const answer = await client.exportIds(profilesBodyOf(ids, group.fields));
    const milliseconds = clock() - start;
    land(group, batch);
    const judgement = judgeAnswer(answer, clock(), { sent: {}, requests: exports });
    const meaning = judgement.type === 'taken' ? readAnswer(group, batch, answer) : judgement.type;
    const status = answer.type === 'response' ? String(answer.status) : answer.reason;
    metrics.exported(name, status, batch.length, milliseconds / 1_000);
    log({
      level: meaning === 'taken' ? 'info' : 'warn',
      event: 'profiles_exported',
      environment: name,
      status,
      meaning,
      profiles: batch.length,
      milliseconds,
    });
    hearPermission(permissions, { environment: name, permission: PERMISSION }, answer, judgement);
    await learn(answer, judgement, { meaning, milliseconds }, pass);
    if (meaning !== 'taken') actOn(meaning, group, batch);
  };

  /** Who is shown is told at once. */
  const readAnswer = (group: Group, batch: readonly Wanted[], answer: BrazeAnswer): Meaning => {
    if (answer.type === 'response' && answer.isTooLong) return 'too_long';
    const ids = batch.map(({ externalId }) => externalId);
    const shown = answer.type === 'response' && profilesIn(answer.body, ids, group.fields);
    if (!shown) return 'unreadable';
    for (const wanted of batch) {
      const { externalId, maxAge, isStale } = wanted;
      const profile = shown.get(externalId) ?? { type: 'unclear' };
      if (profile.type === 'unclear') {
        notNow([wanted], 'unreadable');
        continue;
      }
      tellAll(wanted, profile);
      if (!isStale) cache.keep({ environment: name, externalId }, group.name, profile, maxAge);
    }
    // One more each time, up to where an answer was too long.
    if (batch.length === group.most && group.most < MAX_EXPORT_IDS) group.most += 1;
    return 'taken';
  };

  /** What answers nobody in time, or nothing that can be read, is as good as away. */
  const learn = async (
    answer: BrazeAnswer,
    judgement: Judgement,
    { meaning, milliseconds }: { readonly meaning: Meaning; readonly milliseconds: number },
    pass: Pass,
  ) => {
    if (meaning === 'unreadable') return gate.learn(answer, { type: 'unavailable' }, pass);
    if (judgement.type !== 'taken' || milliseconds < config.deadline)
      return gate.learn(answer, judgement, pass);
    return gate.learn({ type: 'no_answer', reason: 'timeout' }, { type: 'in_doubt' }, pass);
  };

  const actOn = (meaning: Exclude<Meaning, 'taken'>, group: Group, batch: readonly Wanted[]) => {
    const isAlone = batch.length === 1;
    switch (meaning) {
      case 'too_long':
      case 'too_many':
        if (isAlone) {
          notNow(batch, 'too_large');
          return;
        }
        group.most = Math.ceil(batch.length / 2);
        putBack(group, batch);
        return;
      // Nobody was read; until when nothing leaves, the gate knows.
      case 'limited':
        putBack(group, batch);
        return;
      case 'refused':
      case 'too_large':
        group.refusedUntil = clock() + REFUSED_FOR;
        log({
          level: 'error',
          event: 'export_refused',
          environment: name,
          advice: `Braze refused to show ${group.name}: see in its documentation of users/export/ids what may be read of a profile, and correct the flow.`,
        });
        notNow([...batch, ...takeWaiting(group)], 'refused');
        return;
      case 'unreadable':
        notNow(batch, 'unreadable');
        return;
      case 'operator':
        notNow(batch, 'shut');
        return;
      default:
        notNow(batch, 'unavailable');
    }
  };

  const isRefused = ({ refusedUntil }: Group) => {
    const left = refusedUntil - clock();
    return left > 0 && left <= REFUSED_FOR;
  };

  return {
    ask({ externalId, fields, wait, maxAge }, tell) {
      const group = groupOf(fields);
      const refusal = isClosed ? 'shut' : isRefused(group) ? 'refused' : undefined;
      if (refusal !== undefined || !isPossibleId(externalId)) {
        tell(refusal === undefined ? { type: 'unknown' } : { type: 'not_now', reason: refusal });
        return () => undefined;
      }
      const underWay = group.underWay.get(externalId);
      const leaveBy = clock() + wait * COMPANY;
      const wanted = underWay ??
        group.waiting.get(externalId) ?? {
          externalId,
          readers: new Set(),
          leaveBy,
          maxAge,
          isStale: false,
        };
      wanted.readers.add(tell);
      wanted.maxAge = Math.max(wanted.maxAge, maxAge);
      if (!underWay) {
        wanted.leaveBy = Math.min(wanted.leaveBy, leaveBy);
        group.leaveBy = Math.min(group.leaveBy, leaveBy);
        if (!group.waiting.has(externalId)) arrivals = [...arrivals.slice(1 - ARRIVALS), clock()];
        group.waiting.set(externalId, wanted);
        stir();
      }
      return () => {
        wanted.readers.delete(tell);
        if (wanted.readers.size === 0 && group.waiting.get(externalId) === wanted)
          group.waiting.delete(externalId);
      };
    },
    forget(externalId) {
      for (const { underWay } of groups.values()) {
        const wanted = underWay.get(externalId);
        if (!wanted) continue;
        wanted.isStale = true;
        underWay.delete(externalId);
      }
    },
    replace(next) {
      const isOther = next.endpoint !== environment.endpoint || next.key() !== environment.key();
      environment = next;
      client = createBrazeClient(next, config, ports);
      for (const group of groups.values()) group.refusedUntil = 0;
      if (isOther) {
        for (const group of groups.values()) leaveBehind(group);
        permissions.replaced(name);
      }
      replaced = gate.replace(next);
      return isOther;
    },
    close() {
      isClosed = true;
      alarm?.();
      refuseWaiting('shut');
      for (const group of groups.values()) notNow(leaveBehind(group), 'shut');
    },
  };
}
