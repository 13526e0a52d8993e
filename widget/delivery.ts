/**
 * What keeps what is said, and delivers it: the outbox over the browser's storage, and the way to the relay. A chunk of its own, fetched once
 * the first question is there: before anything is said there is nothing to keep.
 */
import { claimsOf } from './claims.ts';
import type { IdentityVerdict, Submission } from './contract/wire.ts';
import type { Verdict } from './flow/verdict.ts';
import { createHints, type Hints } from './hints.ts';
import { createBacking, prepareMove } from './outbox/backing.ts';
import { createEra, ERAS, readEras, SUBJECT } from './outbox/eras.ts';
import { openIndexedRecords } from './outbox/indexed-records.ts';
import { createOutbox, type OutboxPorts } from './outbox/outbox.ts';
import type { Transact } from './outbox/records.ts';
import { createOutboxStore, type OutboxStore } from './outbox/store.ts';
import { createLock } from './outbox/tabs.ts';
import { createRelayClient, type RelayClient } from './transport/relay-client.ts';
import { createSessions, type Challenge, type Identity, type Person } from './transport/sessions.ts';
import type { PageGate } from './gate.ts';
import { deleteDatabase, rememberUnsent } from './wake.ts';

export { prepareMove };

/** How what is unsent of one visitor goes to the relay. */
export interface Way extends Pick<OutboxPorts, 'tryLock'> {
  readonly store: OutboxStore;
  readonly relay: RelayClient;
  /** Nothing is left: where the visitor has gone, that was all. */
  readonly settle: () => Promise<void>;
}

export interface Delivery extends Hints, Way {
  readonly createOutbox: typeof createOutbox;
  /** Whether anything may be sent. Of a visitor who has gone: what they have allowed is not taken back by that. */
  readonly isAllowed: () => boolean;
  /** Whether the visitor has gone whose delivery this is. */
  readonly isOver: () => boolean;
  /** What is owed of earlier visitors, who have gone before this page. What is to be erased of them is asked for besides. */
  readonly owed: () => Promise<readonly Way[]>;
  /** The visitor goes, and the era begins. @returns whether anything is owed then */
  readonly leave: (way: 'leaveIn' | 'forgetIn', era: string) => Promise<boolean>;
  /** That is who is signed in. @returns as `leave` where that is somebody else than before, with whom the era begins */
  readonly signIn: (subject: string, era: string) => Promise<boolean | undefined>;
  /** Has the relay forget who has asked for it. @returns how many. Rejects where it has not confirmed that */
  readonly erase: () => Promise<number>;
  /** Asks what is not stored. @returns the verdict, where the relay gives one now. Never rejects */
  readonly ask: (submission: Submission) => Promise<Verdict | undefined>;
  /** Asks for a session, so that the relay learns who is signed in. */
  readonly join: () => Promise<void>;
}

export interface DeliveryOptions {
  /** Its address. */
  readonly relay: string;
  /** Of the database. */
  readonly name: string;
  readonly gate: Pick<PageGate, 'state' | 'listen'>;
  readonly person: Person;
  readonly challenge: Challenge;
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Hears of the connection with each transaction. */
  readonly use: (connection: IDBDatabase) => void;
  /** Hears that the browser's storage has failed. */
  readonly failed: (error: unknown) => void;
  /** Hears who they were when they take their consent back. */
  readonly withdrawn: (credential: string) => void;
  /** Hears what the relay makes of the page's word on who is signed in. */
  readonly judged: (verdict: IdentityVerdict, identity: Identity) => void;
  /** Hears that the relay wants a challenge taken. */
  readonly challenged: () => void;
  /** As `SessionOptions` has it. */
  readonly parted: () => void;
  /** Does to storage, once it is open, what has to be done before anything of it is read. */
  readonly prepare: (opening: Promise<Transact>, loadPassing: LoadPassing) => Promise<Transact>;
  /** Hears that the visitor has gone, and that another era has begun. */
  readonly ended: (era: string) => void;
  /** Hears that the relay has forgotten a visitor who had asked for it. */
  readonly erased: () => void;
}

/** From here alone: fetched from elsewhere too, what it shares with this chunk would be one more request. */
const loadPassing = () => import('./outbox/passing.ts');

export type LoadPassing = typeof loadPassing;

/** A session that has ended, and one that does not hold any more, each cost one. */
const ASKS = 4;

export type CreateDelivery = (options: DeliveryOptions) => Delivery;

export const createDelivery: CreateDelivery = ({
  relay,
  name,
  gate,
  person,
  challenge,
  fetch,
  clock,
  use,
  judged,
  challenged,
  parted,
  ended,
  erased,
  ...told
}) => {
  let hasFailed = false;
  /** Kept as whom the page says is signed in. */
  let noted: string | undefined;
  const isAllowed = () => gate.state() === 'allowed';
  const whole = createBacking({
    open: () => told.prepare(openIndexedRecords(name, use), loadPassing),
    discard: () => deleteDatabase(name),
    gate,
    failed(error) {
      hasFailed = true;
      told.failed(error);
    },
  });

  /** What has been put aside goes beside what is said now: it has a lock of its own. */
  const lockOf = (id?: string) => createLock(id === undefined ? name : `${name} ${id}`);

  const settleEra = async (id: string) => {
    const passing = await loadPassing();
    if (await whole('readwrite', (records) => passing.settleEra(records, id))) rememberUnsent(false, clock());
  };

  const era = createEra({ transact: whole, isAllowed, ended });
  const { transact } = era;

  const note = async (subject: string | undefined) => {
    await transact('readwrite', async (records) => {
      if (subject === undefined) records.delete(SUBJECT);
      else records.put(subject, SUBJECT);
    });
    noted = subject;
  };

  const hints = createHints({
    store: createOutboxStore(transact),
    transact,
    gate,
    withdrawn: told.withdrawn,
    hasFailed: () => hasFailed,
    isOwed: () => era.eras().former.length + era.eras().erasing.length > 0,
    keeping: async () => {
      const { identity } = person;
      if (identity && identity.subject !== noted) await note(identity.subject);
    },
  });

  const sessions = createSessions({
    credentials: hints.store,
    person,
    challenge,
    judged(verdict, identity) {
      // Nobody knows whom it names. One that has run out has named somebody.
      if (verdict === 'invalid' || verdict === 'not_configured') void note(undefined).catch(() => undefined);
      judged(verdict, identity);
    },
    challenged,
    parted,
  });
  const client = createRelayClient(relay, sessions, fetch, clock);

  /** Of a visitor who has gone: nobody vouches for them any more. */
  const formerWay = (id: string): Way => {
    const { transact: inIts } = createEra({ transact: whole, isAllowed, ended: () => undefined, id });
    const store = createOutboxStore(inIts);
    const nobody: Person = { identity: undefined };
    const asNobody = createSessions({
      credentials: store,
      person: nobody,
      challenge,
      judged,
      challenged,
      parted,
    });
    return {
      store,
      relay: createRelayClient(relay, asNobody, fetch, clock),
      tryLock: lockOf(id),
      settle: () => settleEra(id),
    };
  };
  const erase = async () => {
    const { eraseOwed } = await import('./erasing.ts');
    return eraseOwed({ whole, relay, fetch, clock });
  };
  /** Of whom it has been found already. */
  const found = new Set<string>();

  return {
    ...hints,
    relay: client,
    createOutbox,
    isAllowed,
    isOver: era.isOver,
    tryLock: (run) => lockOf(era.isOver() ? era.id() : undefined)(run),
    async settle() {
      const id = era.isOver() ? era.id() : undefined;
      if (id !== undefined) await settleEra(id);
    },
    async owed() {
      if (!isAllowed()) return [];
      const { former, erasing } = await whole('readonly', async (records) =>
        readEras(await records.get(ERAS)),
      );
      // It is asked for beside that, and again another time.
      if (erasing.length > 0)
        erase().then(
          (count) => count > 0 && erased(),
          () => undefined,
        );
      const ids = former.filter((id) => !found.has(id) && id !== era.id());
      return ids.map((id) => {
        found.add(id);
        return formerWay(id);
      });
    },
    async leave(way, next) {
      const passing = await loadPassing();
      return whole('readwrite', (records) => passing[way](records, next));
    },
    async signIn(subject, next) {
      const passing = await loadPassing();
      return whole('readwrite', (records) => passing.signIn(records, subject, next));
    },
    erase,
    async ask(submission) {
      // The first may only have got a session.
      for (let tries = 0; tries < ASKS; tries += 1) {
        await hints.learn().catch(() => undefined);
        const credential = hints.credential();
        const answer = await client.send({ submissions: [submission], losses: undefined, credential });
        if (answer.type === 'answered') return answer.verdicts[0];
        if (answer.type !== 'again') return undefined;
      }
      return undefined;
    },
    async join() {
      await hints.learn();
      const credential = hints.credential();
      if (credential === undefined || !sessions.isDue()) return;
      if (claimsOf(credential).ext === person.identity?.subject) return;
      await client.send({ submissions: [], losses: undefined, credential });
    },
  };
};
