/** Keys in a flow: every browser gets it, so what stands in it is no secret any more. */
import { findKeys } from '../../key-search.ts';
import { createRedaction } from '../../redaction.ts';
import { finding, type Finding } from './finding.ts';
import { childOf } from './parts.ts';

const MESSAGE =
  'has what looks like a key; every browser gets the flow, so it should be in a secret of the relay alone, and this one should be replaced. An id that only looks like one should have a name that ends in _id';

/**
 * @param secrets of the relay, where they are known
 * @returns what was found, and how it is left out of what else is said of the flow
 */
export function checkKeys(
  json: unknown,
  secrets: readonly string[],
): { readonly findings: readonly Finding[]; readonly leftOut: <Of extends Finding>(found: Of) => Of } {
  // Some editors call nodes by UUIDs, which look like keys of Braze.
  const names = new Set(Object.keys(Object(childOf(json, 'nodes')) as object));
  const found = findKeys(json, { secrets, names });
  const without = createRedaction(() => found.map(({ key }) => key));
  return {
    findings: found.map(({ path }) => finding('key-in-flow', path, MESSAGE)),
    leftOut: (each) => ({
      ...each,
      message: without(each.message),
      path: each.path.map((part) => (typeof part === 'string' ? without(part) : part)),
    }),
  };
}
