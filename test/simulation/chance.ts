/** Chance by seed, in streams: what one part of the world draws does not change what another draws. */
import { createRandom, type Random } from '../long/random.ts';

export interface Chance extends Random {
  /** From 0 up to, not including, 1. */
  readonly share: () => number;
  /** One in so many. */
  readonly oneIn: (count: number) => boolean;
  /** A whole number between two, both included. */
  readonly between: (least: number, most: number) => number;
}

export function createChance(seed: number, stream: string): Chance {
  const random = createRandom(mix(seed, stream));
  const between = (least: number, most: number) => least + random.nat(most - least + 1);
  return {
    ...random,
    share: () => random.nat(2 ** 30) / 2 ** 30,
    oneIn: (count) => random.nat(count) === 0,
    between,
  };
}

/** FNV-1a over the name, and the last steps of MurmurHash3: neighbouring seeds have nothing in common. */
function mix(seed: number, stream: string): number {
  let hash = 0x811c9dc5;
  for (const character of `${seed} ${stream}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
