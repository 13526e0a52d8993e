/**
 * The value at a dotted path (`answers.first_name`) of the context, or `undefined`. Own properties only, so that no path
 * reaches a prototype.
 */
export function valueAt(context: unknown, path: string): unknown {
  let value = context;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
