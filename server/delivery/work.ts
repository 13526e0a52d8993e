/** A submission as the relay keeps it: all that it takes to deliver it, and nothing that has to be looked up in a flow. */
import type { Receipt } from '../../widget/contract/wire.ts';
import type { EventKey, ProfileId, TrackShare } from '../braze/payload.ts';
import type { EnvironmentName } from '../config.ts';
import type { NamedOutcome } from '../flows/outcomes.ts';
import type { Json } from '../store/json.ts';
import type { Counting } from '../store/store.ts';

/** `<visitor id>/<submission id>`. */
export type WorkKey = string;

/** A submission that the relay has taken on. JSON. */
export interface Work {
  readonly key: WorkKey;
  /** Id of the submission. */
  readonly id: string;
  /** Visitor id. Order is kept among the work of one visitor. */
  readonly visitor: string;
  readonly environment: EnvironmentName;
  /** Where it comes from, for the operator's eyes: site, flow, its revision, and the action node. */
  readonly site: string;
  readonly flow: string;
  readonly revision: string;
  readonly node: string;
  /** When the relay took it: milliseconds since 1970. */
  readonly receivedAt: number;
  /** When it was put back out of the dead letters, if it was: milliseconds since 1970. */
  readonly retriedAt?: number;
  /** The work whose answers this one corrects. */
  readonly corrects?: WorkKey;
  /** What is written to Braze. */
  readonly share: TrackShare;
  /** Instead of that: the profile of the visitor's alias is made one with this. */
  readonly join?: ProfileId;
  /** Instead of that: a request of its own. */
  readonly call?: Call;
  /** Of a join: whether it had effect is looked at, by work of its own after it, or by this. */
  readonly check?: 'after' | 'now';
  /** It is not for its visitor to do, or nobody can do it: nothing of it goes to Braze. */
  readonly isDenied?: true;
  /** By our record that alias was joined to nobody before. Without it the alias's profile is looked at first. */
  readonly hasOwnAlias?: true;
  /** Where an entry link names the profile that it is written to, or an answer another than before: a name for that. Else it is the visitor's own. */
  readonly profile?: string;
  /** Others write to that profile, too: what it holds is not known here. */
  readonly isShared?: true;
  /** Its events that Braze has accepted already, where a part of it is done: they are not in the share any more. */
  readonly accepted?: readonly EventKey[];
  readonly routes: WorkRoutes;
  /** The relay has refused an answer: nothing of it goes to Braze, and the visitor is asked again. */
  readonly refused?: AskAgain;
  /** Of a departure: what is counted where it is told. */
  readonly passed?: Counting;
  /** Trace id of the request that brought it (W3C Trace Context, section 3.2.2.3). */
  readonly trace?: string;
}

/** What an action has sent that is no part of `/users/track`. */
export interface Call {
  /** By which the registry knows it, and where it is at Braze: `canvas/trigger/send`. */
  readonly name: string;
  readonly body: Json;
  /** Milliseconds that it may wait; absent where that is what all may. */
  readonly queuedFor?: number;
  /** Since when it does: milliseconds since 1970. Absent: since the relay has it. */
  readonly since?: number;
  /** It is done again where a correction submits it again, though that is not as if it were done once. */
  readonly repeats?: true;
  /** Done twice it is as if it were done once. */
  readonly isRepeatable?: true;
  /** The first that holds of its answer names the outcome. */
  readonly outcomes?: readonly NamedOutcome[];
  /** What of the answer is kept, and what of that is told to the browser. */
  readonly keep?: Readonly<Record<string, string>>;
  readonly reveal?: readonly string[];
}

/** Since when a request of its own waits: milliseconds since 1970. In the browser it has waited, too. */
export const callWaitsSince = (work: Work, { since }: Call): number =>
  since === undefined ? waitsSince(work) : Math.max(Math.min(since, work.receivedAt), work.retriedAt ?? 0);

/** What a settlement remembers of the work itself. */
export const ranOf = ({ node, profile }: Work): Pick<Settlement, 'node' | 'profile'> => ({
  node,
  ...(profile !== undefined && { profile }),
});

/** Since when it waits to be delivered: milliseconds since 1970. */
export const waitsSince = ({ receivedAt, retriedAt = receivedAt }: Work): number =>
  Math.max(receivedAt, retriedAt);

/** Where each outcome leads: a node of the flow. */
export interface WorkRoutes {
  readonly success: string;
  readonly error: string;
  readonly queued: string;
  /** By the name of an attribute that one answer fills: which question owns it. */
  readonly invalid: Readonly<Record<string, AskAgain>>;
}

export interface AskAgain {
  readonly field: string;
  readonly next: string;
}

/** What is remembered of a submission after its last word. Nothing that a visitor said. */
export interface Settlement {
  readonly receipt: Receipt;
  /** The action that it ran: a correction is of the same one. */
  readonly node: string;
  /** As that of the work: what was written to another profile is not there. */
  readonly profile?: string;
  /**
   * The action's events that Braze accepted, of this submission or of one that it corrects. Beside these, of a request of its own, whether it was
   * sent (`sentKeyOf` in `fate.ts`): no event's key is like that, for each has a `#`.
   */
  readonly acceptedEvents: readonly EventKey[];
  /** Braze may have counted it twice, or (with `drop`) not at all: an answer of Braze's was lost on the way. */
  readonly isInDoubt: boolean;
}
