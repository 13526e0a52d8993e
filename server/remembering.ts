/** What the relay remembers of one conversation beside its submissions: what actions were told to keep, and what was consented to. */
import type { Flow, FlowNode } from '../widget/contract/flow.ts';
import type { Submission } from '../widget/contract/wire.ts';
import { calledBy } from './actions/find.ts';
import type { EnvironmentName } from './config.ts';
import { partsOf } from './lifecycle.ts';
import type { Ports } from './ports.ts';
import type { Json } from './store/json.ts';

export interface Remembered {
  /** What actions kept of their answers, by the flow's name for it. */
  readonly kept: Readonly<Record<string, Json>>;
  /** By the node that writes what is consented to: whoever takes it back is taken out of that again. */
  readonly consents?: Readonly<Record<string, RememberedConsent>>;
  /** Of what was read of a profile, whose that is: `external_id`s, by the same names. */
  readonly keptOf?: Readonly<Record<string, string>>;
}

export interface RememberedConsent {
  readonly isGiven: boolean;
  /** Id of the submission that said so; for that one, however often it comes, holds what was before it. */
  readonly by: string;
  readonly wasGiven: boolean;
}

/** Whether the consent that a submission's node reads was given before it. */
export function wasConsented(
  { consents = {} }: Remembered,
  { id, node }: Pick<Submission, 'id' | 'node'>,
): boolean {
  const known = Object.hasOwn(consents, node) ? consents[node] : undefined;
  return known?.by === id ? known.wasGiven : (known?.isGiven ?? false);
}

/**
 * What there is for somebody of what was kept. What was read of a profile is there for that person alone: a visitor whose token has run out,
 * or at a machine that was another's, goes on in the same conversation.
 * @param externalId of that person
 */
export function keptFor(
  { kept, keptOf = {} }: Pick<Remembered, 'kept' | 'keptOf'>,
  externalId: string | undefined,
): Remembered['kept'] {
  const isTheirs = (name: string) => !Object.hasOwn(keptOf, name) || keptOf[name] === externalId;
  return Object.fromEntries(Object.entries(kept).filter(([name]) => isTheirs(name)));
}

export const NOTHING_REMEMBERED: Remembered = { kept: {} };

/** Which conversation it is: that of a submission with this id. */
export interface Whose {
  readonly environment: EnvironmentName;
  readonly visitor: string;
  readonly id: string;
}

export interface Remembering {
  /** @throws {StoreError} */
  recall(whose: Whose): Promise<Remembered>;
  /** Adds to it. What is there under the same name gives way. @throws {StoreError} */
  remember(whose: Whose, news: Partial<Remembered>): Promise<void>;
}

/**
 * Milliseconds after which it is forgotten, unless something is added: a conversation can be gone on with for a day after its last step
 * (`widget/outbox/conversation-life.ts`), and that step may come a day after what was kept last.
 */
const LIFE = 48 * 60 * 60 * 1_000;

export function createRemembering({ store }: Pick<Ports, 'store'>): Remembering {
  return {
    recall: async (whose) => rememberedIn(await store.get(nameOf(whose))),
    async remember(whose, { kept, keptOf, consents }) {
      const name = nameOf(whose);
      for (;;) {
        const found = await store.get(name);
        const before = rememberedIn(found);
        const next: Remembered = {
          kept: { ...before.kept, ...kept },
          ...ownersOf(before, kept, keptOf),
          ...((before.consents ?? consents) && { consents: { ...before.consents, ...consents } }),
        };
        // Another submission of the conversation may add to it at the same time.
        if (await store.replace(name, found, next as unknown as Json, LIFE, whose.visitor)) return;
      }
    },
  };
}

/** What is kept anew is whose it is said to be now. */
function ownersOf(
  { keptOf: before = {} }: Remembered,
  kept: Remembered['kept'] = {},
  keptOf: Remembered['keptOf'] = {},
): Pick<Remembered, 'keptOf'> {
  const others = Object.entries(before).filter(([name]) => !Object.hasOwn(kept, name));
  const owners = { ...Object.fromEntries(others), ...keptOf };
  return Object.keys(owners).length > 0 ? { keptOf: owners } : {};
}

const nameOf = ({ environment, visitor, id }: Whose): string =>
  `conversation/${environment}/${visitor}/${partsOf(id).conversation}`;

// Nobody else writes under that name.
const rememberedIn = (value: Json | undefined): Remembered =>
  (value as unknown as Remembered | undefined) ?? NOTHING_REMEMBERED;

/** Of each flow, as long as it is at hand. */
const atHand = new WeakMap<Flow, boolean>();

/** Whether anything is remembered of conversations with a flow: of most there is nothing to look for. */
export function isRemembered(flow: Flow): boolean {
  const found = atHand.get(flow) ?? Object.values(flow.nodes).some(remembers);
  atHand.set(flow, found);
  return found;
}

const remembers = (node: FlowNode): boolean =>
  node.type === 'action' && (node.keep !== undefined || calledBy(node)?.consentOf?.(node) !== undefined);
