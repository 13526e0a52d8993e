/** Conversations as words, counted into a store: for pages and pictures of them. */
import type { Counting, NumberedPassing, Store } from '../../server/store/store.ts';

let conversations = 0;

/**
 * @param ways one for each conversation: the nodes that it came to. Each but the last was answered. With `!` for each answer to it that was
 *   not taken, and `*` where it was left
 */
export async function countInto(
  store: Pick<Store, 'tallies'>,
  { flow, revision, environment }: Pick<Counting, 'flow' | 'environment'> & { readonly revision: string },
  ways: readonly string[],
): Promise<void> {
  const countings = ways.map((way): Counting => {
    const steps = way.split(' ');
    const passings = steps.flatMap((step, index): readonly Omit<NumberedPassing, 'number'>[] => {
      const node = step.replace(/[!*]+$/, '');
      const from = steps[index - 1];
      const times = step.split('!').length - 1;
      return [
        { revision, type: 'shown', node, ...(from !== undefined && { from }) },
        ...Array.from({ length: times }, () => ({ revision, type: 'refused', node }) as const),
        ...(index < steps.length - 1 ? [{ revision, type: 'answered', node } as const] : []),
      ];
    });
    const last = steps.at(-1) ?? '';
    conversations += 1;
    return {
      visitor: 'v',
      conversation: `c${conversations}`,
      environment,
      flow,
      since: 0,
      until: passings.length,
      passings: passings.map((passing, number) => ({ ...passing, number })),
      ...(last.endsWith('*') && { left: { revision, node: last.replace(/[!*]+$/, '') } }),
      life: 24 * 60 * 60 * 1000,
    };
  });
  await store.tallies.add(countings);
}
