/** Chance that comes out the same every time. */
export interface Random {
  /** From 0 up to, not including, `below`. */
  readonly nat: (below: number) => number;
  readonly pick: <T>(items: readonly T[]) => T;
}

/** Xorshift (Marsaglia, 2003), 32 bits: enough to choose among cases. */
export function createRandom(seed: number): Random {
  let state = seed | 0 || 1;
  const nat = (below: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  return { nat, pick: (items) => items[nat(items.length)] as (typeof items)[number] };
}
