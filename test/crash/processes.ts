/** `npm run test:crash -- --store … --processes N`: runs it, prints its figures, and says what is wrong with them. */
import { crashProcesses, type ProcessesCrashOptions } from './processes-run.ts';

/** @returns whether nothing was lost, and nothing doubled that is not counted as in doubt */
export async function runProcesses(options: ProcessesCrashOptions, isJson: boolean): Promise<boolean> {
  const found = await crashProcesses(options);
  const { accounts, persistence, ...counts } = found;
  const { lost, doubled, inDoubt, unsettled } = accounts;
  const figures = {
    kills: counts.kills,
    killsOfAll: counts.killsOfAll,
    restartsOfTheStore: counts.restarts,
    submissions: counts.submissions,
    lost: lost.length,
    doubled: doubled.length,
    inDoubt: inDoubt.length,
    countedInDoubt: counts.countedInDoubt,
  };
  console.log(
    `${options.processes} processes, ${options.visitors} visitors, seed ${options.seed}; ${options.store}: ${persistence}`,
  );
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(18)} ${value}`);
  const faults = [
    ...lost.map((key) => `lost: ${key}`),
    ...doubled.map((key) => `doubled, and not counted as in doubt: ${key}`),
    ...unsettled.map((key) => `without a last word: ${key}`),
    ...(counts.unsettled > 0 ? [`${counts.unsettled} are left to deliver`] : []),
    ...(inDoubt.length > counts.countedInDoubt ? ['more are in doubt than the store has counted'] : []),
  ];
  for (const fault of faults) console.log(`FAULT ${fault}`);
  console.log(
    faults.length === 0 ? 'All is accounted for.' : `${faults.length} faults; seed ${options.seed}`,
  );
  if (isJson) console.log(JSON.stringify(figures));
  return faults.length === 0;
}
