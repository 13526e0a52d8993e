/** What an action node can call: the one interface. Each is a file of its own in this folder, and `registry.ts` is made of those. */
import type * as v from 'valibot';
import type { ActionNode, Flow, TemplateValue } from '../../widget/contract/flow.ts';
import type { Submission } from '../../widget/contract/wire.ts';
import type { Requests } from '../config.ts';
import type { LeftOut, Profile, ProfileId, TrackShare } from '../braze/payload.ts';
import type { Draft } from '../flows/lint/draft.ts';
import type { Fields } from '../flows/lint/fields.ts';
import type { Finding, Path } from '../flows/lint/finding.ts';
import type { Unverified } from '../identity/unverified.ts';
import type { ConsentProof } from './consent.ts';
import type { ConsentStanding } from '../remembering.ts';
import { flag, optional } from '../flows/schema-parts.ts';
import type { Json } from '../store/json.ts';

export interface Action<Node extends ActionNode = ActionNode> {
  /** By which flows call it, and where it is at Braze: `POST /<call>`. */
  readonly call: string;
  /** What the REST API key has to be allowed (`api/basics`, REST API key permissions). */
  readonly permission: string;
  /** What it does, in a sentence: for editors and for the table in docs/actions.md. */
  readonly does: string;
  /** Page of https://www.braze.com/docs that says what it takes. */
  readonly page: string;
  /**
   * Milliseconds that it may wait for Braze before it is a dead letter. Absent: `retention.undelivered`, 7 days by default. 0: it waits for
   * nobody and is never stored, because it is a question and writes nothing.
   */
  readonly queuedFor?: number;
  /** How many requests Braze takes of it (`api/api_limits`). */
  readonly limits: Requests;
  /** With which others it shares these: a name of all. */
  readonly limitedWith?: 'sends' | 'identity';
  /** It may be sent again though Braze may have done it already: done twice it is as if it were done once. */
  readonly isRepeatable: boolean;
  /** Its answer can be read: `outcomes`, `keep` and `reveal` may stand in its node. */
  readonly isRead: boolean;
  /** It may say whose profile the visitor writes to from then on: it is asked before that is decided. */
  readonly joins?: true;
  /** The keys of its node besides those that all have. */
  readonly entries: v.ObjectEntries;
  /** What of a node has templates, and where it stands from the node on. */
  templatesOf?(node: Draft<Node>): readonly PlacedTemplate[];
  /** The field of the consent without which a node writes no subscription. It is remembered whether it was given: who takes it back is taken out. */
  consentOf?(node: Node): string | undefined;
  /** What is wrong with a node beyond its shape. @param at where it stands */
  lint?(node: Draft<Node>, at: Path, fields: Fields): readonly Finding[];
  /** What is to be sent. Pure. */
  build(node: Node, asked: Asked): Built;
}

export interface PlacedTemplate {
  readonly path: Path;
  readonly value: TemplateValue | undefined;
}

/** What it is built of. */
export interface Asked {
  readonly submission: Submission;
  readonly flow: Flow;
  /** Of that flow. */
  readonly revision: string;
  /** What templates read. */
  readonly context: Readonly<Record<string, unknown>>;
  /** Whose profile it is about. */
  readonly profile: Profile;
  /** The brand's backend vouches for them now: it is theirs. */
  readonly isVerified: boolean;
  /** What their site lets visitors do all the same of whom it does not. */
  readonly unverified: Unverified;
  /** What the node has made before of the consent that it reads; `undefined` where that was never given in this conversation. */
  readonly consentBefore: ConsentStanding | undefined;
  /** What shows that the consent of that field was given, or taken back. */
  readonly proofOf: (field: string, isGiven: boolean) => ConsentProof;
}

export type Built =
  /** It goes with those of other visitors in one request of `/users/track`. */
  | {
      readonly type: 'share';
      readonly share: TrackShare;
      readonly leftOut: readonly LeftOut[];
    }
  /** It is a request of its own. */
  | {
      readonly type: 'request';
      readonly body: Json;
      readonly leftOut: readonly LeftOut[];
      /** It is done again where a correction submits it again, though it is not repeatable. */
      readonly repeats?: boolean;
      /** What is written once it is done. */
      readonly then?: TrackShare;
    }
  /** The profile of the visitor's alias is made one with this: `identity/` says how, and what is written to from then on. */
  | { readonly type: 'join'; readonly to: ProfileId; readonly leftOut: readonly LeftOut[] }
  /** What it takes is not there, or Braze would not take it: nothing is sent, and it is an error. */
  | { readonly type: 'impossible'; readonly leftOut: readonly LeftOut[] }
  /** There is nothing to do, and that is as if it were done. */
  | { readonly type: 'nothing' }
  /** It is not for this visitor to do. @param reason for the log: nothing of a visitor */
  | { readonly type: 'denied'; readonly reason: string };

/** For the registry, whatever its nodes look like: which ones it is given their `call` says, and lint and schema have looked at the rest. */
export const defineAction = <Node extends ActionNode>(action: Action<Node>): Action =>
  action as unknown as Action;

/** How many requests Braze takes that set subscriptions (`api/endpoints/subscription_groups/post_update_user_subscription_group_status`). */
export const SUBSCRIPTION_LIMITS: Requests = { limit: 5_000, window: 60_000 };

/** Milliseconds that a send may wait: a message that was meant for now is out of place an hour later. */
export const SEND_LIFE = 60 * 60 * 1_000;

/** What Braze takes of Canvases and campaigns (`api/api_limits`: 250,000 an hour, which both share). */
export const SEND_LIMITS: Requests = { limit: 250_000, window: 60 * 60 * 1_000 };

/** What Braze takes of all that changes by what somebody is known, together (`api/api_limits`). */
export const IDENTITY_LIMITS: Requests = { limit: 20_000, window: 60_000 };

/** As an event of `users/track` has it. */
export const sendRepeat = optional(
  flag,
  'Sent again when the visitor corrects an answer. Default false: who was sent it has it.',
);

/** Where all of some keys are templates. */
export const templatesUnder =
  (...keys: readonly string[]) =>
  (node: object): readonly PlacedTemplate[] =>
    keys.map((key) => ({ path: [key], value: (node as Record<string, TemplateValue | undefined>)[key] }));
