/** Which licences the packages of this project may have. */

/** What `package-lock.json` says of one package. */
export interface LockedPackage {
  readonly version?: string;
  /** SPDX expression of its `package.json`. */
  readonly license?: string;
  /** Only needed to work on this project. */
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

/** SPDX ids. They ask for a notice at most, which `THIRD-PARTY-LICENSES.txt` gives. */
const PERMISSIVE = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
];

/** What nobody gets from us may also ask to pass on changes to its own files, or be a font that is not sold alone. */
const FOR_WORK = [...PERMISSIVE, 'MPL-2.0', 'OFL-1.1'];

/** Packages that name their licence elsewhere than in `package.json`, by name and version. */
const READ_BY_HAND: Readonly<Record<string, string>> = {
  // Readme.md, "License".
  'only@0.0.2': 'MIT',
};

/** What is wrong with the packages of a lockfile, a line each. @param packages by the folders they lie in */
export function licenceProblems(packages: Readonly<Record<string, LockedPackage>>): readonly string[] {
  return Object.entries(packages).flatMap(([folder, { version, license, dev, devOptional }]) => {
    if (folder === '') return [];
    const name = `${folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version ?? ''}`;
    const found = license ?? READ_BY_HAND[name];
    const isForWork = dev === true || devOptional === true;
    if (found === undefined)
      return [
        `${name} names no licence; read what it says of it, and add it to READ_BY_HAND or do without it`,
      ];
    if (isWithin(found, isForWork ? FOR_WORK : PERMISSIVE)) return [];
    const where = isForWork ? 'to work with' : 'to ship';
    return [`${name} is under ${found}, which is not on the list of licences ${where}`];
  });
}

/** Expressions of SPDX without exceptions: `(MIT OR CC0-1.0)`, `Apache-2.0 AND MIT`. */
function isWithin(expression: string, allowed: readonly string[]): boolean {
  return expression
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((each) => allowed.includes(each.trim())));
}
