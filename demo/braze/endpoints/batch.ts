/**
 * What the endpoints that take a list of people have in common: one mistake and nothing of the request is done. A choice,
 * for no page says that they have errors by object. Texts that no page gives are the emulator's own.
 */
import type { Verdict } from '../endpoint.ts';
import { judgeIdentifier, type Identifier } from '../identifier.ts';
import { isObject, type Judged, type JsonObject } from '../json.ts';
import { judgePrioritization } from '../prioritization.ts';
import type { Selector } from '../write.ts';

/** "Up to 50": aliases, merges, or ids to delete or to export. */
export const MAX_BATCH = 50;

/** The texts for more than that (`api/errors`). */
export const tooMany = {
  ids: 'The max number of ids per request was exceeded',
  idsAndAliases: 'The max number of external_ids and aliases per request was exceeded',
} as const;

export const refused = (message: string): Verdict => ({ answer: { status: 400, body: { message } } });

/** @param name of the list, for the text of what is wrong: `user_aliases[0]: …` */
export function judgeEach<T>(
  name: string,
  list: unknown,
  judge: (item: unknown) => Judged<T>,
): Judged<readonly T[]> {
  if (!Array.isArray(list)) return { problem: `'${name}' must be an array` };
  const values: T[] = [];
  for (const [index, item] of list.entries()) {
    const judged = judge(item);
    if ('problem' in judged) return { problem: `${name}[${String(index)}]: ${judged.problem}` };
    values.push(judged.value);
  }
  return { value: values };
}

/** The same of objects only. */
export function judgeObject<T>(judge: (object: JsonObject) => Judged<T>): (item: unknown) => Judged<T> {
  return (item) => (isObject(item) ? judge(item) : { problem: 'it must be an object' });
}

export function judgeIds(
  name: string,
  list: unknown,
  kind: Identifier['kind'],
): Judged<readonly Identifier[]> {
  return judgeEach(name, list, (item) => judgeIdentifier(kind, item));
}

/** May it be that of several? */
export const isAddress = (kind: Identifier['kind']): boolean => kind === 'email' || kind === 'phone';

/** The profile that the member `kind` of an object names. `prioritization` is required beside an address. */
export function judgeSelector(object: JsonObject, kind: Identifier['kind']): Judged<Selector> {
  const identifier = judgeIdentifier(kind, object[kind]);
  if ('problem' in identifier) return identifier;
  const prioritization = isAddress(kind) ? judgePrioritization(object['prioritization']) : { value: [] };
  if ('problem' in prioritization) return prioritization;
  return { value: { identifier: identifier.value, prioritization: prioritization.value } };
}
