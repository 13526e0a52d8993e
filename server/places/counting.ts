/** What a browser says of where people leave becomes what is counted: as far as the relay's copy of the flow has it. */
import type { Passing, Submission } from '../../widget/contract/wire.ts';
import type { PageOwner, RelayConfig } from '../config.ts';
import type { Revisions } from '../flows/revisions.ts';
import type { LoadedFlow } from '../flows/shelf.ts';
import { targetsOf } from '../flows/targets.ts';
import { partsOf } from '../lifecycle.ts';
import type { Ports } from '../ports.ts';
import type { Counting, NumberedPassing } from '../store/store.ts';

export interface Counter {
  /**
   * What there is to count of a submission. Undefined where its site does not count, or it says nothing. What its flow does not have on the
   * revision that it is of is left out, and so is what is of a revision that nobody knows any more. Of a departure: that it was left there.
   * @throws {StoreError}
   */
  read(submission: Submission, visitor: string, owner: PageOwner): Promise<Counting | undefined>;
  /** Counts of each what was not counted before. @throws {StoreError} */
  count(submissions: readonly Submission[], visitor: string, owner: PageOwner): Promise<void>;
}

/**
 * Revisions that one submission may be of. A flow may change while somebody is at a question; who names more has made them up, and each
 * is looked for in the store.
 */
const MOST_REVISIONS = 4;

export function createCounter(
  { retention }: Pick<RelayConfig, 'retention'>,
  revisions: Pick<Revisions, 'find'>,
  { store }: Pick<Ports, 'store'>,
): Counter {
  /** Those that are known. Of one that is not, the flow of today is found. */
  const findAll = async (
    flow: string,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, LoadedFlow>> => {
    const found = await Promise.all(names.map((name) => revisions.find(flow, name)));
    return new Map(
      found.flatMap((loaded, index) =>
        loaded && loaded.revision === names[index] ? [[loaded.revision, loaded] as const] : [],
      ),
    );
  };

  const read: Counter['read'] = async ({ id, flow, revision, node, passed }, visitor, owner) => {
    if (!owner.events.counts || !passed) return undefined;
    const { since, passings } = passed;
    const { conversation, event } = partsOf(id);
    const named = new Set([revision, ...passings.map((each) => each.revision ?? revision)]);
    const known = await findAll(flow, [...named].slice(0, MOST_REVISIONS));
    const isLeft = event === 'abandoned' && nodeIn(known.get(revision), node) !== undefined;
    return {
      visitor,
      conversation,
      environment: owner.environment.name,
      flow,
      since,
      until: since + passings.length,
      passings: passings.flatMap((passing, index): readonly NumberedPassing[] => {
        const { revision: own = revision } = passing;
        const checked = checkedBy(known.get(own), passing);
        return checked ? [{ ...checked, revision: own, number: since + index }] : [];
      }),
      ...(isLeft && { left: { revision, node } }),
      life: retention.counts,
    };
  };

  return {
    read,
    async count(submissions, visitor, owner) {
      const all = await Promise.all(submissions.map((submission) => read(submission, visitor, owner)));
      const countings = all.filter((counting) => counting !== undefined);
      if (countings.length > 0) await store.tallies.add(countings);
    },
  };
}

/** As far as that flow has it. Where the node that is named did not lead there, it is counted without. */
function checkedBy(loaded: LoadedFlow | undefined, { type, node: id, from }: Passing): Passing | undefined {
  const node = nodeIn(loaded, id);
  if (!node || (type !== 'shown' && node.type !== 'ask')) return undefined;
  const before = from === undefined || type !== 'shown' ? undefined : nodeIn(loaded, from);
  const leadsThere = before && targetsOf(from as string, before).some(({ to }) => to === id);
  return { type, node: id, ...(leadsThere && { from: from as string }) };
}

/** The node of that id, if the flow has one. */
function nodeIn(loaded: LoadedFlow | undefined, id: string) {
  const { nodes = {} } = loaded?.flow ?? {};
  return Object.hasOwn(nodes, id) ? nodes[id] : undefined;
}
