/** Which way a `split` sends a visitor: always the same for the same seed, and by the weights over many seeds. */
import type { SplitNode } from '../contract/flow.ts';
import { hashOf } from './hash.ts';

/** @param key flow, node and seed in one text: two splits send the same visitor their ways independently */
export function wayOf({ ways }: Pick<SplitNode, 'ways'>, key: string): string | undefined {
  const sum = ways.reduce((total, { weight }) => total + weight, 0);
  let left = (hashOf(key) / 2 ** 32) * sum;
  return (ways.find(({ weight }) => (left -= weight) < 0) ?? ways.at(-1))?.next;
}
