/** Branches that the relay decides: what they read no browser knows. */
import type { BranchNode, Condition, Flow } from '../../widget/contract/flow.ts';
import { pathsOf, problemsOf } from '../../widget/flow/condition-check.ts';
import { listOf } from '../../widget/flow/condition.ts';

/** What only the relay knows. */
const ROOTS = ['profile', 'kept'];

export const isForRelay = ({ cases }: BranchNode): boolean => cases.some(({ when }) => readsOfRelay(when));

/** Whether a condition may read what only the relay knows. One of which that cannot be told, and which lint refuses, does. */
function readsOfRelay(condition: Condition): boolean {
  return (
    pathsOf(condition).some(({ reads }) => reads === '' || ROOTS.includes(reads.split('.')[0] ?? '')) ||
    hasComputedPath(condition) ||
    problemsOf(condition).length > 0
  );
}

/** Whether a condition looks something up under a name that it computes. */
function hasComputedPath(condition: Condition): boolean {
  if (typeof condition !== 'object' || condition === null) return false;
  if (Array.isArray(condition)) return condition.some(hasComputedPath);
  return Object.entries(condition).some(([name, args]: [string, unknown]) => {
    const paths = name === 'var' ? listOf(args).slice(0, 1) : name.startsWith('missing') ? listOf(args) : [];
    return paths.flat(Infinity).some(isStructure) || hasComputedPath(args);
  });
}

function isStructure(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Of each flow, as long as it is at hand. */
const fieldsAtHand = new WeakMap<Flow, readonly string[]>();

/** The fields of a profile that the branches of a flow read, by the names of the export, so that one reading serves them all. */
export function profileFieldsOf(flow: Flow): readonly string[] {
  const fields = fieldsAtHand.get(flow) ?? findFields(flow);
  fieldsAtHand.set(flow, fields);
  return fields;
}

function findFields({ nodes }: Flow): readonly string[] {
  const conditions = Object.values(nodes).flatMap((node) =>
    node.type === 'branch' ? node.cases.map(({ when }) => when) : [],
  );
  const read = conditions.flatMap((condition) => pathsOf(condition).map(({ reads }) => reads.split('.')));
  const fields = read.flatMap(([root, field]) => (root === 'profile' && field !== undefined ? [field] : []));
  return [...new Set(fields)].sort();
}
