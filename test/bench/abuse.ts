/**
 * `npm run bench:abuse`: what visitors wait for while one address brings a hundred times as much as it may, beside calm. It fails where
 * anybody else is refused, or anything of theirs is lost. With `--json` the figures as the last line.
 */
import { measureAbuse, SETUP } from './abuse/measure.ts';
import { report } from './report.ts';

const { limit, others, flood } = SETUP;
const abuse = await measureAbuse(SETUP);
const waits = ({ p50, p99 }: { readonly p50: number; readonly p99: number }) => ({
  p50Ms: Math.round(p50 * 10) / 10,
  p99Ms: Math.round(p99 * 10) / 10,
});
const refusedOf = (answers: Readonly<Record<string, number>>) => answers['429'] ?? 0;

console.log(`One relay over SQLite, the emulator, the visitors and who knocks too often: four processes on this machine.
${others.visitors} visitors of ${others.addresses} addresses, ${others.pace.count} submissions at ${others.pace.rate} a second in each phase; Braze answers after 40 ms.
Flood: one address, which may bring ${limit} submissions in a minute, brings ${flood.count * flood.batch} in ${flood.count} requests at ${flood.rate} a second.
refused, lost and doubled: of the others, in all phases, by their answers and by what the emulator has in the end.
`);
report(
  {
    calm: { ...waits(abuse.calm), refused: refusedOf(abuse.calm.answers) },
    others: {
      ...waits(abuse.meanwhile),
      refused: abuse.refused,
      lost: abuse.lost,
      doubled: abuse.doubled,
    },
    flood: { ...waits(abuse.flood), refused: refusedOf(abuse.flood.answers) },
  },
  ['hono', '@hono/node-server', 'ipaddr.js'],
);
const { refused, lost, doubled } = abuse;
const isMet = refused + lost + doubled === 0;
console.error(`${isMet ? 'pass' : 'FAIL'}  nobody else refused, nothing of theirs lost or doubled`);
if (!isMet) process.exitCode = 1;
