/**
 * Looks for keys in what others can read: the settings file, and flows, which every browser gets. What finds one says where it stands and
 * never what it is.
 */
import { SHORTEST_SECRET } from './secrets.ts';

/** A key, and the place of the text or of the object in which it was found: names and indexes from the top. */
export interface FoundKey {
  readonly path: readonly (string | number)[];
  /** The part of the text that is the key: to be left out of every message. */
  readonly key: string;
}

export interface KeySearch {
  /** The relay's own secrets, where they are known: these are found in whatever text they stand. */
  readonly secrets?: readonly string[];
  /** Words that name something in this file, whatever they look like. */
  readonly names?: ReadonlySet<string>;
}

/** As Braze's dashboard shows REST API keys, and nothing beside it: an address may well have such an id in it. */
const UUID = /^\s*([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\s*$/i;

/** What somebody has copied out of a request (RFC 6750, section 2.1). With a digit: a sentence may speak of a bearer. */
const BEARER = /\bBearer\s+((?=[\w.~+/-]*\d)[\w.~+/-]{16,}=*)/i;

/** RFC 7468, section 10 and 11. */
const PRIVATE_KEY = /-----BEGIN (?:\w+ )*PRIVATE KEY-----[^]*/;

/**
 * Braze's ids are UUIDs too: `subscription_group_id`, `campaign_id`. And so is what brands call the parties of their tokens, and the choices
 * that they offer.
 */
const NAMES_ID = /(?:^|_)(?:ids?|kid|issuer|audience|value)$/i;

/** Every key in some JSON, the first of each text. */
export function findKeys(json: unknown, { secrets = [], names = new Set() }: KeySearch = {}): FoundKey[] {
  const long = secrets.filter(({ length }) => length >= SHORTEST_SECRET);
  const own = (text: string) => long.find((secret) => text.includes(secret));
  const copied = (text: string) => BEARER.exec(text)?.[1] ?? PRIVATE_KEY.exec(text)?.[0];
  const alone = (text: string, name: string) =>
    NAMES_ID.test(name) || names.has(text) ? undefined : UUID.exec(text)?.[1];

  const look = (value: unknown, path: FoundKey['path'], name: string): FoundKey[] => {
    if (typeof value === 'string') {
      const key = own(value) ?? copied(value) ?? alone(value, name);
      return key === undefined ? [] : [{ path, key }];
    }
    if (Array.isArray(value)) return value.flatMap((each, index) => look(each, [...path, index], name));
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([inner, each]) => {
      const key = own(inner) ?? copied(inner);
      // Its path would tell it.
      return key === undefined ? look(each, [...path, inner], inner) : [{ path, key }];
    });
  };
  return look(json, [], '');
}
