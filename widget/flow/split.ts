/** Which way a `split` sends a visitor: always the same for the same seed, and by the weights over many seeds. */
import type { SplitNode } from '../contract/flow.ts';

/** @param key flow, node and seed in one text: two splits send the same visitor their ways independently */
export function wayOf({ ways }: SplitNode, key: string): string | undefined {
  const sum = ways.reduce((total, { weight }) => total + weight, 0);
  let left = (hashOf(key) / 2 ** 32) * sum;
  return (ways.find(({ weight }) => (left -= weight) < 0) ?? ways.at(-1))?.next;
}

/**
 * 32 bits, of which the upper ones depend on every character: multiplied by 2^32 over the golden ratio (Knuth, The Art of Computer
 * Programming, volume 3, section 6.4), which carries upward, and folded, which carries down again.
 */
function hashOf(key: string): number {
  let hash = 0;
  for (let at = 0; at < key.length; at += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}
