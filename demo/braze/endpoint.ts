/** What an endpoint is: what it asks of a key, which limit it shares, and what it makes of a body. */
import type { Answer } from './answer.ts';
import type { TrackError } from './track-changes.ts';
import type { RateGroup } from './rate-limit.ts';
import type { Workspace } from './workspace.ts';
import type { Write } from './write.ts';

/** All that the emulator answers; any other path is a 404. */
export const endpointPaths = [
  '/users/track',
  '/users/identify',
  '/users/alias/new',
  '/users/merge',
  '/users/delete',
  '/users/export/ids',
  '/canvas/trigger/send',
  '/campaigns/trigger/send',
  '/subscription/status/set',
] as const;
export type EndpointPath = (typeof endpointPaths)[number];

/** A body that the gate has let through. */
export interface Demand {
  /** JSON of any shape. */
  readonly body: unknown;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Of the request, counted by its workspace from 1: ids that differ from request to request are made of it. */
  readonly number: number;
  /** Errors that somebody asked for. Only `/users/track` has errors by object. */
  readonly forced: readonly TrackError[];
  /** To look at; what is to change goes into the verdict. */
  readonly workspace: Pick<Workspace, 'profiles' | 'settings'>;
}

export interface Verdict {
  readonly answer: Answer;
  /** A refused request changes nothing. */
  readonly write?: Write;
}

/** All are POST. */
export interface Endpoint {
  readonly path: EndpointPath;
  readonly permission: string;
  readonly rateGroup: RateGroup;
  readonly respond: (demand: Demand) => Verdict;
}
