/** `npm run check:licences`: every package of the lockfile has a licence that we may use it under. */
import { readFileSync } from 'node:fs';
import { licenceProblems, type LockedPackage } from './licence-rules.ts';

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const problems = licenceProblems(packages);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
