/** What many worlds came to. */
import { faultsOf } from './judge.ts';
import type { Ended } from './world.ts';

export interface Totals {
  readonly schedules: number;
  /** Those that met something, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  readonly submissions: number;
  readonly lost: number;
  readonly doubled: number;
  readonly inDoubt: number;
  /** Worlds in which something did not come to its end. */
  readonly stuck: number;
  /** Gone by the visitor's own doing: storage that was cleared, a page that could store nothing. */
  readonly volatile: number;
  readonly failingSeeds: readonly number[];
}

export function addUp(worlds: readonly Ended[]): Totals {
  const faults = new Map<string, number>();
  for (const { injected } of worlds) {
    for (const [kind, count] of injected) faults.set(kind, (faults.get(kind) ?? 0) + count);
  }
  const sum = (read: (world: Ended) => number) => worlds.reduce((total, world) => total + read(world), 0);
  return {
    schedules: worlds.length,
    faults: Object.fromEntries([...faults].sort()),
    submissions: sum(({ submissions }) => submissions),
    lost: sum(({ lost }) => lost.length),
    doubled: sum(({ doubled }) => doubled.length),
    inDoubt: sum(({ inDoubt }) => inDoubt),
    stuck: sum(({ stuck }) => Math.min(1, stuck.length)),
    volatile: sum(({ volatile }) => volatile),
    failingSeeds: worlds.filter((world) => faultsOf(world).length > 0).map(({ seed }) => seed),
  };
}

export const linesOf = ({ faults, failingSeeds, ...figures }: Totals): readonly string[] => [
  ...Object.entries(figures).map(([name, count]) => `${name.padEnd(20)} ${count}`),
  'faults that met something',
  ...Object.entries(faults).map(([kind, count]) => `  ${kind.padEnd(18)} ${count}`),
  ...(failingSeeds.length > 0 ? [`failing seeds        ${failingSeeds.join(' ')}`] : []),
];
