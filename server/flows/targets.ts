/** Where the nodes of a flow lead. */
import type { DraftNode } from './lint/draft.ts';
import type { Path } from './lint/finding.ts';

/** One way out of a node. */
export interface Target {
  /** Where in the flow it is named; from the third key on it says by what it is taken: `next`, `on`, `error`. */
  readonly path: Path;
  readonly to: string;
}

/** The ways out of a node in the order of its keys. In a flow with mistakes some may lead to no node. */
export function targetsOf(id: string, node: DraftNode): readonly Target[] {
  const target = (to: string | undefined, ...path: Path): readonly Target[] =>
    to === undefined ? [] : [{ path: ['nodes', id, ...path], to }];
  switch (node.type) {
    case 'ask':
      return [...target(node.retry?.next, 'retry', 'next'), ...target(node.next, 'next')];
    case 'branch':
      return [
        ...(node.cases ?? []).flatMap((each, index) => target(each?.next, 'cases', index, 'next')),
        ...target(node.else, 'else'),
      ];
    case 'split':
      return (node.ways ?? []).flatMap((way, index) => target(way?.next, 'ways', index, 'next'));
    case 'action':
      return Object.entries(node.on ?? {}).flatMap(([outcome, to]) => target(to, 'on', outcome));
    case 'end':
      return [];
    default:
      return target(node.next, 'next');
  }
}
