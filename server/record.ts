/** A JSON object by the names of its keys, for valibot. */
import * as v from 'valibot';

/**
 * `v.record`, but a list is no object, and a key that objects inherit is refused by name: valibot would drop it without a word.
 * @param message says what would be right
 */
export function record<Key extends v.GenericSchema<string, string>, Value extends v.GenericSchema>(
  key: Key,
  value: Value,
  message = 'should be an object',
) {
  return v.pipe(
    v.custom<Record<string, unknown>>(isObject, message),
    v.check((object) => inheritedKeyOf(object) === undefined, inheritedKeyWords),
    v.record(key, value, message),
  );
}

/** Keys that valibot leaves out of every record, because they can reach a prototype. */
export const INHERITED: readonly string[] = ['__proto__', 'constructor', 'prototype'];

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function inheritedKeyOf(object: object): string | undefined {
  return INHERITED.find((key) => Object.hasOwn(object, key));
}

function inheritedKeyWords({ input }: { readonly input: object }): string {
  return `cannot have a key "${inheritedKeyOf(input) ?? ''}"; give it another name`;
}
