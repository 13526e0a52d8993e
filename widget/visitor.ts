/**
 * Who is at the machine, as the page says it: who is signed in, that they leave, that they ask to be forgotten, what a challenge gave. One
 * word for all chats on the page. All of it is in memory alone; what it takes to change visitors is fetched where that is said
 * (`leaving.ts`).
 */
import { claimsOf } from './claims.ts';
import type { Delivery, LoadPassing } from './delivery.ts';
import type { Told } from './events.ts';
import type { PageGate } from './gate.ts';
import type { News } from './outbox/outbox.ts';
import type { Transact } from './outbox/records.ts';
import type { Challenge, Identity, Person } from './transport/sessions.ts';

/** A chat, as far as it has to do with who is at it. */
export interface Seat {
  /** Whether nothing is kept of the visitor. */
  readonly isFresh: () => Promise<boolean>;
  /** What keeps and delivers, where that was needed already. */
  readonly current: () => Delivery | undefined;
  readonly load: () => Promise<Delivery>;
  /** What it has been is from now on another's. */
  readonly end: (era: string) => void;
  /** Sends what waits, whatever the relay has said before. */
  readonly hurry: () => void;
  readonly fire: (...told: Told) => void;
}

/** How a visitor goes: what is unsent of them goes out as theirs, or is erased with everything else. */
export type Way = 'leaveIn' | 'forgetIn';

/** What the page has said while nobody might look at what is kept. It is done to that before anything of it is read. */
export interface Unseen {
  /** How the visitor of earlier pages has gone, if they have. */
  way?: Way | undefined;
}

/** The chats of one relay: what they keep they share. */
export interface Place {
  /** Of the database. */
  readonly name: string;
  readonly seats: ReadonlySet<Seat>;
  /** The visitor. When they go it is another one, and nothing of theirs reaches that. */
  readonly person: () => Person;
  readonly challenge: Challenge;
  /** They have gone. @returns whether that is news */
  readonly pass: (era: string) => boolean;
  /** Whoever was on earlier pages has gone, and who is at this one is of that era: they stay, with what they have allowed. */
  readonly begin: (era: string) => void;
  /** None where there is nothing to be done. */
  unseen: Unseen | undefined;
}

export interface VisitorOptions {
  /** Forgets what the page has noticed of the visitor. */
  readonly forget: () => void;
  readonly gate: Pick<PageGate, 'state' | 'listen' | 'forgetVisitor'>;
}

export interface PageVisitor {
  /** A chat comes to the page. @returns takes it off */
  readonly join: (name: string, seat: Seat) => () => void;
  /** The chats of that database. */
  readonly place: (name: string) => Place;
  /** Who they are has been settled, as far as the page has said it. Rejects where that cannot be done now. */
  readonly ready: (name: string) => Promise<void>;
  /** Storage is open: does what has to be done before anything of it is read. */
  readonly prepare: (name: string, storage: Transact, loadPassing: LoadPassing) => Promise<void>;
  /** The relay knows who is signed in as another visitor than the one they were taken for: that one goes. */
  readonly part: (name: string, person: Person) => void;
  /** From another page. */
  readonly obey: (name: string, news: News) => void;
  /**
   * Takes the word of the brand's backend on who is signed in. Rejects where it is no such word, or cannot be heeded now: then it is
   * tried again with the next conversation.
   */
  readonly identify: (jwt: string) => Promise<void>;
  /**
   * Resolves when nothing of the visitor is left but what is to be delivered. While consent is pending nobody may look at what is kept:
   * then that is when the visitor has said whether it may be.
   */
  readonly logout: () => Promise<void>;
  /** Resolves when nothing of the visitor is left, here and at the relay; as `logout`. Rejects where the relay has not confirmed it. */
  readonly forget: () => Promise<void>;
  readonly setChallenge: (token: string) => void;
}

interface Seating extends Place {
  readonly seats: Set<Seat>;
  /** The page's word that has been heeded. */
  heeded: Identity | undefined;
  work: Promise<unknown>;
  preparing: Promise<void> | undefined;
}

export function createPageVisitor({ forget, gate }: VisitorOptions): PageVisitor {
  const places = new Map<string, Seating>();
  let signed: Identity | undefined;
  /** What was given before there was a chat. */
  let given: string | undefined;
  const mayLook = () => gate.state() === 'allowed';

  const createPlace = (name: string): Seating => {
    const eras = new Set<string>();
    let person: Person = { identity: undefined };
    const place: Seating = {
      name,
      seats: new Set(),
      heeded: undefined,
      work: Promise.resolve(),
      unseen: undefined,
      preparing: undefined,
      person: () => person,
      challenge: { token: given, isAsked: false },
      pass(era) {
        if (eras.has(era)) return false;
        eras.add(era);
        person = { identity: undefined };
        place.heeded = undefined;
        for (const seat of place.seats) seat.end(era);
        forget();
        gate.forgetVisitor();
        return true;
      },
      begin(era) {
        eras.add(era);
        forget();
      },
    };
    given = undefined;
    places.set(name, place);
    return place;
  };

  const placeOf = (name: string): Seating => places.get(name) ?? createPlace(name);

  /** One after the other, whatever became of the last. */
  const queue = <T>(place: Seating, step: () => Promise<T>): Promise<T> => {
    const done = place.work.then(step, step);
    place.work = done.catch(() => undefined);
    return done;
  };

  const heed = (place: Seating): Promise<void> => {
    // What is kept may be another's. It is said now, and looked at when that is allowed.
    if (signed && place.heeded !== signed && place.seats.size > 0 && !mayLook()) place.unseen ??= {};
    return queue(place, async () => {
      const word = signed;
      if (!word || place.heeded === word || place.seats.size === 0) return;
      const { signInAt } = await import('./leaving.ts');
      const { joining } = await signInAt(place, word);
      if (!place.unseen) place.heeded = word;
      // It is tried again with the next session.
      joining?.catch(() => undefined);
    });
  };

  const settle = (place: Seating, way?: Way): Promise<void> =>
    queue(place, async () => {
      if (mayLook()) await (await import('./leaving.ts')).settleAt(place, way);
      else {
        // What was kept is deleted, unread.
        if (place.unseen) place.unseen.way = undefined;
        if (way === 'forgetIn') {
          throw new Error(
            'The relay was not asked to erase the visitor: they have refused storage, and with it the credential by which to ask is deleted unread.',
          );
        }
      }
    });

  gate.listen(() => {
    for (const place of places.values()) {
      if (!place.unseen || place.seats.size === 0 || gate.state() === 'pending') continue;
      const settling = settle(place).then(() => heed(place));
      // It is tried again with the next conversation.
      settling.catch(() => undefined);
    }
  });

  /** Resolves when the visitor has said whether anything may be kept. */
  const untilSaid = (): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        if (gate.state() === 'pending') return;
        stop();
        resolve();
      };
      const stop = gate.listen(look);
      look();
    });

  const leave = async (way: Way): Promise<void> => {
    signed = undefined;
    const all = [...places.values()].filter(({ seats }) => seats.size > 0);
    const isPending = gate.state() === 'pending';
    if (isPending) for (const place of all) (place.unseen ??= {}).way ??= way;
    const leaveAll = all.map((place) =>
      queue(place, async () => {
        const { leaveAt, forgetAt } = await import('./leaving.ts');
        await (way === 'leaveIn' ? leaveAt : forgetAt)(place);
      }),
    );
    await Promise.all(leaveAll);
    if (!isPending || all.length === 0) return;
    await untilSaid();
    await Promise.all(all.map((place) => settle(place, way)));
  };

  return {
    join(name, seat) {
      const place = placeOf(name);
      place.seats.add(seat);
      // Tried again when its conversation begins.
      if (signed) heed(place).catch(() => undefined);
      return () => place.seats.delete(seat);
    },
    place: placeOf,
    ready: (name) => heed(placeOf(name)),
    async prepare(name, storage, loadPassing) {
      const place = placeOf(name);
      if (!place.unseen) return;
      // Each chat opens it.
      place.preparing ??= import('./leaving.ts')
        .then(({ prepareAt }) => prepareAt(place, storage, loadPassing, signed?.subject))
        .finally(() => (place.preparing = undefined));
      await place.preparing;
    },
    part(name, person) {
      const place = placeOf(name);
      const leaving = queue(place, async () => {
        // Two requests may have been under way.
        if (place.person() === person) await (await import('./leaving.ts')).leaveAt(place);
      });
      // It is tried again with the next session.
      leaving.then(() => heed(place)).catch(() => undefined);
    },
    obey(name, news) {
      // Whoever was signed in here was so as the one who has gone.
      if (news.type === 'ended' && placeOf(name).pass(news.era)) signed = undefined;
    },
    async identify(jwt) {
      const { sub } = claimsOf(jwt);
      if (typeof sub !== 'string' || sub === '') {
        throw new TypeError(
          'identify() takes a signed identity (JWT): this one has no "sub" that tells who it is.',
        );
      }
      signed = { jwt, subject: sub };
      await Promise.all([...places.values()].map(heed));
    },
    logout: () => leave('leaveIn'),
    forget: () => leave('forgetIn'),
    setChallenge(token) {
      if (places.size === 0) given = token;
      for (const { challenge, seats } of places.values()) {
        Object.assign(challenge, { token, isAsked: false } satisfies Challenge);
        for (const seat of seats) seat.hurry();
      }
    },
  };
}
