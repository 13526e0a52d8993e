/** What the relay remembers of one conversation beside its submissions: what actions were told to keep, and what was consented to. */
import type { Flow, FlowNode } from '../widget/contract/flow.ts';
import type { Submission } from '../widget/contract/wire.ts';
import { calledBy } from './actions/find.ts';
import type { EnvironmentName } from './config.ts';
import { partsOf } from './lifecycle.ts';
import type { Ports } from './ports.ts';
import type { Json } from './store/json.ts';
import { SETTLEMENT_LIFE } from './store/lines.ts';

export interface Remembered {
  /** What actions kept of their answers, by the flow's name for it. */
  readonly kept: Readonly<Record<string, Json>>;
  /** By the node that writes what is consented to: whoever takes it back is taken out of that again. */
  readonly consents?: Readonly<Record<string, RememberedConsent>>;
  /** Of what was read of a profile, whose that is: `external_id`s, by the same names. */
  readonly keptOf?: Readonly<Record<string, string>>;
}

/** What a node has made of a consent. */
export interface ConsentStanding {
  /** What was said last. */
  readonly isGiven: boolean;
  /** States were written, now or at any time before in the conversation: each no takes them back. */
  readonly isWritten: boolean;
}

export interface RememberedConsent {
  readonly now: ConsentStanding;
  /** Id of the submission that said so; for that one, however often it comes, holds what was before it. */
  readonly by: string;
  readonly before?: ConsentStanding;
}

/** How it stood with the consent that a submission's node reads, before it. `undefined` where it was never given. */
export function consentBefore(
  { consents = {} }: Pick<Remembered, 'consents'>,
  { id, node }: Pick<Submission, 'id' | 'node'>,
): ConsentStanding | undefined {
  const known = Object.hasOwn(consents, node) ? consents[node] : undefined;
  return known?.by === id ? known.before : known?.now;
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
 * Milliseconds after which what was kept is forgotten, unless something is added: a conversation can be gone on with for a day after its last
 * step (`widget/outbox/conversation-life.ts`), and that step may come a day after what was kept last.
 */
const LIFE = 48 * 60 * 60 * 1_000;

export function createRemembering({ store }: Pick<Ports, 'store'>): Remembering {
  /** Another submission of the conversation may add to it at the same time. */
  const change = async <T>(
    name: string,
    visitor: string,
    life: number,
    make: (before: T | undefined) => T,
  ): Promise<void> => {
    for (;;) {
      const found = await store.get(name);
      // Nobody else writes under that name.
      const next = make(found as unknown as T | undefined) as unknown as Json;
      if (await store.replace(name, found, next, life, visitor)) return;
    }
  };
  return {
    async recall(whose) {
      const [kept, consents] = await Promise.all([
        store.get(nameOf(whose)),
        store.get(consentsNameOf(whose)),
      ]);
      return {
        ...((kept as unknown as KeptRecord | undefined) ?? NOTHING_REMEMBERED),
        ...(consents !== undefined && {
          consents: consents as unknown as NonNullable<Remembered['consents']>,
        }),
      };
    },
    async remember(whose, { kept, keptOf, consents }) {
      const { visitor } = whose;
      if (kept) {
        await change<KeptRecord>(nameOf(whose), visitor, LIFE, (before = NOTHING_REMEMBERED) => ({
          kept: { ...before.kept, ...kept },
          ...ownersOf(before, kept, keptOf),
        }));
      }
      if (consents) {
        // For as long as a browser may bring that it is taken back: what it has waited to send is taken on until then.
        await change<NonNullable<Remembered['consents']>>(
          consentsNameOf(whose),
          visitor,
          SETTLEMENT_LIFE,
          (before) => ({ ...before, ...consents }),
        );
      }
    },
  };
}

type KeptRecord = Pick<Remembered, 'kept' | 'keptOf'>;

/** What is kept anew is whose it is said to be now. */
function ownersOf(
  { keptOf: before = {} }: KeptRecord,
  kept: Remembered['kept'],
  keptOf: Remembered['keptOf'] = {},
): Pick<Remembered, 'keptOf'> {
  const others = Object.entries(before).filter(([name]) => !Object.hasOwn(kept, name));
  const owners = { ...Object.fromEntries(others), ...keptOf };
  return Object.keys(owners).length > 0 ? { keptOf: owners } : {};
}

const nameOf = ({ environment, visitor, id }: Whose): string =>
  `conversation/${environment}/${visitor}/${partsOf(id).conversation}`;

const consentsNameOf = ({ environment, visitor, id }: Whose): string =>
  `consents/${environment}/${visitor}/${partsOf(id).conversation}`;

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
