/** Numbers that look like chance, and can be had again. */

/** The largest seed; all are whole numbers from 0. */
export const MAX_SEED = 0xffff_ffff;

/** Numbers from 0 up to 1, the same for the same seed and the same place in what is drawn for. */
export function chancesOf(seed: number, place: number): () => number {
  return mulberry32(seed ^ Math.imul(place, GOLDEN));
}

/** Odd and far from all multiples of few bits: 2^32 divided by the golden ratio. */
const GOLDEN = 0x9e3779b1;

/**
 * Numbers from 0 up to 1, the same for the same seed. Tommy Ettinger's mulberry32, in the public domain:
 * https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
 */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
