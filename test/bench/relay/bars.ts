/** How figures are shown, and what they have to come to. */

export type Bar = readonly [words: string, isMet: boolean];

/** @returns whether all are met */
export function judge(bars: readonly Bar[]): boolean {
  for (const [words, isMet] of bars) console.error(`${isMet ? 'pass' : 'FAIL'}  ${words}`);
  return bars.every(([, isMet]) => isMet);
}

export function rounded<Name extends string>(figures: Readonly<Record<Name, number>>): Record<Name, number> {
  return Object.fromEntries(
    Object.entries<number>(figures).map(([name, value]) => [name, Math.round(value * 100) / 100]),
  ) as Record<Name, number>;
}
