/** Sessions whose signature has been checked, so that a visitor's next submission costs no second check. */
import type { Session } from './credentials.ts';

/** What a session says, as its signature vouched for it. */
export interface VerifiedSession extends Omit<Session, 'isVerified'> {
  readonly origin: string;
  /** Seconds since 1970 at which it has ended. */
  readonly ends: number;
  /** Seconds since 1970 at which nobody vouches for them any more. Absent: nobody ever has. */
  readonly vouchedUntil?: number;
}

export interface VerifiedSessions {
  /** What a token says that was good, and has not ended. */
  find(token: string): VerifiedSession | undefined;
  /** Only for a token whose signature has just been checked. */
  remember(token: string, session: VerifiedSession): void;
}

/** Visitors who talk within one life of a session. A token and its claims are about 1 kB, so this is some 10 MB at most. */
const MOST = 10_000;

/** The one that was not used for longest makes room. */
export function createVerifiedSessions(clock: () => number, most = MOST): VerifiedSessions {
  // A Map keeps the order in which its keys were set.
  const sessions = new Map<string, VerifiedSession>();
  return {
    find(token) {
      const session = sessions.get(token);
      if (session === undefined) return undefined;
      sessions.delete(token);
      if (Math.floor(clock() / 1000) >= session.ends) return undefined;
      sessions.set(token, session);
      return session;
    },
    remember(token, session) {
      sessions.delete(token);
      sessions.set(token, session);
      if (sessions.size <= most) return;
      const [oldest] = sessions.keys();
      if (oldest !== undefined) sessions.delete(oldest);
    },
  };
}
