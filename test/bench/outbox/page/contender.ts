/** What every contender has to do, and the work that it is given. */
import type { Answers, Submission } from '../../../../widget/contract/wire.ts';

export interface Contender {
  /** Takes a submission on. Resolves when it says that it is taken: stored, or sent already where it does not store first. */
  put(submission: Submission): Promise<void>;
  /** Delivers what is kept. Resolves when the contender says so; at once where it sends by itself and says nothing. */
  settle(): Promise<void>;
}

export interface Setup {
  /** Origin of the server. */
  readonly relay: string;
  /** How many submissions it has to hold. */
  readonly count: number;
}

/** On a new page; what an earlier page of this browser stored is there. */
export type Open = (setup: Setup) => Promise<Contender>;

/** What the page's server has of a peer's package, bundled for itself (peers.ts). */
export const importPeer = (name: string): Promise<unknown> => import(`/${name}.js`);

/** What the demo flow asks for: Parley's own submissions have about this size. */
export const ANSWERS: Answers = {
  first_name: 'Ada',
  last_name: 'Lovelace',
  email: 'ada@example.com',
  date_of_birth: '1815-12-10',
  city: 'Keswick',
  interests: ['hills', 'lakes'],
};

export const FLOW = { flow: 'signup', revision: '3f9a1c52', node: 'save' };

/** The same for all contenders but for its id, by which the server counts. */
export const submissionOf = (conversation: string, step: number): Submission => ({
  id: `${conversation}.${step}`,
  ...FLOW,
  time: new Date().toISOString(),
  answers: ANSWERS,
  page: { path: '/summer/tents' },
  device: { operating_system: 'Linux', type: 'desktop', language: 'en-GB', time_zone: 'Europe/London' },
});
