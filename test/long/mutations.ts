/** What goes wrong with a flow file: a slip of the hand, a merge gone bad, or malice. */
import type { Random } from './random.ts';

type Json = null | boolean | number | string | Json[] | JsonObject;

interface JsonObject {
  [key: string]: Json;
}

/** Values that have undone programs before, as JSON texts: `__proto__` is an own key only where JSON is parsed. */
const NASTY = [
  'null',
  'true',
  '0',
  '-1',
  '1e308',
  '1.5',
  '""',
  '[]',
  '{}',
  '[[]]',
  '"__proto__"',
  '"constructor"',
  '"{{answers.}}"',
  '"{{"',
  '"}}{{page.path}}"',
  '"{{answers.email | default: \\"x}}"',
  '"**a*_b"',
  '"[x](javascript:alert(1))"',
  '"\\ud800"',
  '"\\u202e\\u0000"',
  '{"__proto__": {"type": "end"}}',
  '{"constructor": {"prototype": {}}}',
  '{"var": ""}',
  '{"var": "__proto__.x"}',
  '{"some": [1]}',
  '{"cat": [{"var": ""}, {"var": ""}]}',
  '{"in": ["a", {"var": "answers"}]}',
  '{"if": []}',
  '{"a": 1, "b": 2}',
  '{"en": "a", "ja": ""}',
  '{"x y": "a"}',
  '"(a+)+$"',
  '"[a-z"',
  '"(?=a)b"',
  '"-18y"',
  '"2026-02-30"',
  '"+99999y"',
  '"end"',
  '"start"',
  '"ask"',
  '"action"',
] as const;

const DEEP = 200;
const LONG = 5_000;

/** One mistake in a copy of the value, at a random place. */
export function mutate(value: unknown, random: Random): unknown {
  const copy = JSON.parse(JSON.stringify(value)) as Json;
  const places = placesIn(copy);
  const { holder, key } = random.pick(places);
  const at = holder as Record<string, Json>;
  const other = random.pick(places);
  const change = random.nat(9);
  if (change === 0) remove(holder, key);
  else if (change === 1) at[key] = structuredClone((other.holder as Record<string, Json>)[other.key] as Json);
  else if (change === 2) at[random.pick(places).key] = structuredClone(at[key] as Json);
  else if (change === 3) at[key] = slip(at[key] as Json, random);
  else if (change === 4) at[key] = nested(random.pick(['{"!":', '[', '{"a":']), at[key] as Json);
  else if (change === 5) at[key] = random.pick(['x', '*', '[', '{{', '\u0301', '(a|']).repeat(LONG);
  else at[key] = JSON.parse(random.pick(NASTY)) as Json;
  return copy;
}

interface Place {
  readonly holder: Json[] | JsonObject;
  readonly key: string;
}

function placesIn(value: Json): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => [
    { holder: value, key },
    ...placesIn((value as Record<string, Json>)[key] as Json),
  ]);
}

function remove(holder: Place['holder'], key: string): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else Reflect.deleteProperty(holder, key);
}

/** A letter too few, one changed, or a number that is off. */
function slip(value: Json, random: Random): Json {
  if (typeof value === 'number') return random.pick([-value, value + 0.5, value * 1e12, 0]);
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'string' || value === '') return [value];
  const at = random.nat(value.length);
  return value.slice(0, at) + random.pick(['', 'x', '\u200b', ' ', '.', '{']) + value.slice(at + 1);
}

function nested(opening: string, value: Json): Json {
  const closing = opening === '[' ? ']' : '}';
  return JSON.parse(opening.repeat(DEEP) + JSON.stringify(value) + closing.repeat(DEEP)) as Json;
}

/** The same for a file's text: a character lost, doubled or changed. */
export function mutateText(text: string, random: Random): string {
  const at = random.nat(text.length);
  const inserted = random.pick([
    '',
    '',
    '"',
    ',',
    '}',
    ']',
    '{',
    '\\',
    '\u0000',
    '\ufeff',
    '//',
    '\r\n',
    '\ud800',
    text.slice(at, at + 20),
  ]);
  return text.slice(0, at) + inserted + text.slice(at + random.nat(3));
}
