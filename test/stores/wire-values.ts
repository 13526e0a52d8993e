/** Values on their way between a test and the runtime that has the store: JSON, and what JSON has no word for. */

const MARK = '\u0000';

const NO_JSON: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
];

export function write(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    const found = NO_JSON.find(([, other]) => Object.is(other, each));
    return found ? MARK + found[0] : each;
  });
}

export function read(text: string): unknown {
  return revive(JSON.parse(text));
}

/** A reviver of `JSON.parse` would take out what it makes `undefined`. */
function revive(value: unknown): unknown {
  if (typeof value === 'string' && value.startsWith(MARK))
    return NO_JSON.find(([name]) => name === value.slice(1))?.[1];
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  // A visitor may be called `__proto__`.
  for (const [key, each] of Object.entries(value))
    Object.defineProperty(copy, key, {
      value: revive(each),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  return copy;
}
