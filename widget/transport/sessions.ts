/** What sessions are asked for with, and what becomes of what is granted: the visitor credential, and the word on who is signed in. */
import type { IdentityVerdict, Problem, SessionGrant, SessionRequest } from '../contract/wire.ts';
import { isNewer, visitorOf } from '../claims.ts';
import type { OutboxStore } from '../outbox/store.ts';

/** JSON leaves out what is undefined. */
export type Loosely<T> = { readonly [Key in keyof T]: T[Key] | undefined };

/** What the page says of the visitor: in memory alone. */
export interface Person {
  /** Who is signed in: the signed word on it (JWT), and whom it names. */
  identity: Identity | undefined;
}

/** New visitors of a site may have to take one. */
export interface Challenge {
  /** What it gave the page: for one request of a new visitor. */
  token: string | undefined;
  /** The page knows that one is to be taken. */
  isAsked: boolean;
}

export interface Identity {
  readonly jwt: string;
  readonly subject: string;
  /** The relay has said so. */
  readonly isVerified?: boolean;
}

export interface SessionOptions {
  readonly credentials: Pick<OutboxStore, 'swapCredential'>;
  readonly person: Person;
  readonly challenge: Challenge;
  /** Hears of a word that the relay has judged. */
  readonly judged: (verdict: IdentityVerdict, identity: Identity) => void;
  /** Hears that a new visitor has to take a challenge, until there is a token. */
  readonly challenged: () => void;
  /** Hears that the relay knows who is signed in as another visitor than the one whose credential is kept. */
  readonly parted: () => void;
}

export interface Sessions {
  /** What to ask for one with. */
  readonly ask: (credential: string | undefined) => Loosely<SessionRequest>;
  /** Keeps what was granted, if it was. */
  readonly take: (previous: string | undefined, response: Response) => Promise<SessionGrant | undefined>;
  /** Whether a session is the same visitor's, and was asked for with all that is known of them. */
  readonly isOf: (credential: string | undefined, visitor: string | undefined) => boolean;
  /** Whether none was asked for yet with the page's word on who is signed in. */
  readonly isDue: () => boolean;
}

const CHALLENGE_REQUIRED = 'urn:parley:problem:challenge-required';

export function createSessions(options: SessionOptions): Sessions {
  const { credentials, person, challenge, judged, challenged, parted } = options;
  /** As whom the last one was asked for. */
  let asked: Identity | undefined;
  /** The credential does not hold at the relay: whoever has it is new there. */
  let isNew = false;
  /** What the last one was asked for with. */
  let token: string | undefined;

  const isDue = () => asked?.subject !== person.identity?.subject;

  /** Two tabs may have asked at once. The visitor is the one whose credential was kept first: the next claim tells. */
  const keep = async (previous: string | undefined, next: string) => {
    const held = await credentials.swapCredential(previous, next);
    // It may be another text on the same visitor.
    if (held !== next && isNewer(next, held)) await credentials.swapCredential(held, next);
  };

  const judge = (verdict: IdentityVerdict | undefined) => {
    const { identity } = person;
    // The page may have said another word meanwhile, which is yet to be judged.
    if (!verdict || !asked || identity?.jwt !== asked.jwt) return;
    if (verdict === 'verified') person.identity = asked = { ...identity, isVerified: true };
    // The same one would be judged the same, but where the relay could not.
    else if (verdict !== 'unavailable') person.identity = asked = undefined;
    // That it has run out since is no news.
    if (!identity.isVerified) judged(verdict, identity);
  };

  return {
    ask(credential) {
      token = undefined;
      // Nobody else needs it.
      if (credential === undefined || isNew) {
        ({ token } = challenge);
        challenge.token = undefined;
      }
      asked = person.identity;
      return { visitor: credential, identity: asked?.jwt, challenge: token };
    },
    async take(previous, response) {
      const told = (await response.json().catch(() => undefined)) as
        Partial<SessionGrant & Problem> | undefined;
      const isChallenged = told?.type === CHALLENGE_REQUIRED;
      // 429, 5xx: the relay has judged neither the token nor the credential.
      if (response.status > 428) {
        challenge.token ??= token;
        isNew ||= isChallenged;
      } else isNew = isChallenged;
      if (isChallenged && !challenge.isAsked) {
        challenge.isAsked = true;
        challenged();
      }
      // Something on the way may answer everything with 200.
      if (!response.ok || !told?.session || !told.visitor) return undefined;
      const granted = told as SessionGrant;
      // Two may be under way: the verdict tells which was asked for with an identity.
      if (granted.identity && previous !== undefined && visitorOf(previous) !== visitorOf(granted.visitor)) {
        // What was said is the one's whose credential it was, and for them nobody vouches.
        person.identity = asked = undefined;
        parted();
        return undefined;
      }
      await keep(previous, granted.visitor);
      judge(granted.identity);
      return granted;
    },
    isOf: (credential, visitor) => visitorOf(credential) === visitorOf(visitor) && !isDue(),
    isDue,
  };
}
