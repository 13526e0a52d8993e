/**
 * Who is at the machine, as the page says it: who is signed in, that they leave, that they ask to be forgotten, what a challenge gave. One
 * word for all chats on the page. All of it is in memory alone; what it takes to change visitors is fetched where that is said
 * (`leaving.ts`).
 */
import { claimsOf } from './claims.ts';
import type { Delivery } from './delivery.ts';
import type { Told } from './events.ts';
import type { News } from './outbox/outbox.ts';
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
}

export interface VisitorOptions {
  /** Forgets what the page has noticed of the visitor, and what they have allowed. */
  readonly forget: () => void;
}

export interface PageVisitor {
  /** A chat comes to the page. @returns takes it off */
  readonly join: (name: string, seat: Seat) => () => void;
  /** The chats of that database. */
  readonly place: (name: string) => Place;
  /** Who they are has been settled, as far as the page has said it. Rejects where that cannot be done now. */
  readonly ready: (name: string) => Promise<void>;
  /** From another page. */
  readonly obey: (name: string, news: News) => void;
  /**
   * Takes the word of the brand's backend on who is signed in. Rejects where it is no such word, or cannot be heeded now: then it is
   * tried again with the next conversation.
   */
  readonly identify: (jwt: string) => Promise<void>;
  /** Resolves when nothing of the visitor is left but what is to be delivered. */
  readonly logout: () => Promise<void>;
  /** Resolves when nothing of the visitor is left, here and at the relay. Rejects where the relay has not confirmed it. */
  readonly forget: () => Promise<void>;
  readonly setChallenge: (token: string) => void;
}

interface Seating extends Place {
  readonly seats: Set<Seat>;
  /** The page's word that has been heeded. */
  heeded: Identity | undefined;
  work: Promise<unknown>;
}

export function createPageVisitor({ forget }: VisitorOptions): PageVisitor {
  const places = new Map<string, Seating>();
  let signed: Identity | undefined;
  /** What was given before there was a chat. */
  let given: string | undefined;

  const createPlace = (name: string): Seating => {
    const eras = new Set<string>();
    let person: Person = { identity: undefined };
    const place: Seating = {
      name,
      seats: new Set(),
      heeded: undefined,
      work: Promise.resolve(),
      person: () => person,
      challenge: { token: given, isAsked: false },
      pass(era) {
        if (eras.has(era)) return false;
        eras.add(era);
        person = { identity: undefined };
        place.heeded = undefined;
        for (const seat of place.seats) seat.end(era);
        forget();
        return true;
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

  const heed = (place: Seating): Promise<void> =>
    queue(place, async () => {
      const word = signed;
      if (!word || place.heeded === word || place.seats.size === 0) return;
      const { signInAt } = await import('./leaving.ts');
      const { joining } = await signInAt(place, word);
      place.heeded = word;
      // It is tried again with the next session.
      joining?.catch(() => undefined);
    });

  const leave = async (way: 'leaveAt' | 'forgetAt'): Promise<void> => {
    signed = undefined;
    const all = [...places.values()].filter(({ seats }) => seats.size > 0);
    await Promise.all(
      all.map((place) => queue(place, async () => (await import('./leaving.ts'))[way](place))),
    );
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
    logout: () => leave('leaveAt'),
    forget: () => leave('forgetAt'),
    setChallenge(token) {
      if (places.size === 0) given = token;
      for (const { challenge, seats } of places.values()) {
        Object.assign(challenge, { token, isAsked: false } satisfies Challenge);
        for (const seat of seats) seat.hurry();
      }
    },
  };
}
