/**
 * "Changes only": what Braze has acknowledged of a visitor is not sent again as long as it stays the same. What is kept for this
 * are keyed hashes, of which nobody without the relay's secret can tell a value, or that two visitors have the same one.
 */
import type { EnvironmentName } from '../config.ts';
import type { Json } from '../store/json.ts';
import type { Store } from '../store/store.ts';
import type { TrackObject, TrackShare } from './payload.ts';

/** By the name of an attribute, the hash of its value; `null` where the value is not known any more. */
export type Hashes = Readonly<Record<string, string | null>>;

export interface Changes {
  /** What Braze acknowledged within the last 24 hours. Never rejects: what the store does not tell is not known. */
  known(environment: EnvironmentName, visitor: string): Promise<Hashes>;
  /**
   * The share without what is known to be equal. An attributes object that has nothing but identifiers left is dropped.
   * `hashes` is for `remember`, once Braze has taken all of it.
   */
  reduce(share: TrackShare, known: Hashes): Promise<{ readonly share: TrackShare; readonly hashes: Hashes }>;
  /** Merges them into what is known. Never rejects. */
  remember(environment: EnvironmentName, visitor: string, hashes: Hashes): Promise<void>;
  /**
   * For an identification, a merge, a deletion, an error about an object, and work in doubt: what Braze holds is not known then.
   * Never rejects.
   */
  forget(environment: EnvironmentName, visitor: string): Promise<void>;
}

/** Milliseconds: somebody else may write the attribute meanwhile, and a day is how long the brand then sees their value. */
const LIFE = 86_400_000;

/** The secret has another use: the key of this one is drawn from it under a name. */
const LABEL = 'parley: hashes of attribute values, 1';

/** Bytes of a hash that are kept: two values of one attribute meet with a chance of 2^-128. */
const HASH_BYTES = 16;

/** Whose profile it is. */
const PRIMARY = ['external_id', 'user_alias', 'braze_id'];

/** They say whose profile it is where none of the primary ones does (post_user_track, "Identifier resolution"). */
const SECONDARY = ['email', 'phone'];

/** They say what Braze is to do, and are no attributes. */
const CONTROLS = ['_update_existing_only', '_merge_objects', 'push_token_import'];

/** A person changes these elsewhere too, by a link in an e-mail: what the relay wrote last may not be what holds. */
const CONSENTS = ['email_subscribe', 'push_subscribe', 'subscription_groups'];

/** What a value says that changes another one (`api/objects_filters/user_attributes_object`). */
const OPERATORS = ['inc', 'add', 'remove', '$add', '$remove', '$update'];

export function createChanges({
  store,
  secret,
  clock,
}: {
  readonly store: Pick<Store, 'get' | 'put'>;
  readonly secret: () => Uint8Array;
  readonly clock: () => number;
}): Changes {
  let key: Promise<CryptoKey> | undefined;
  /** Of these the store holds what may be wrong: it did not take the last word. */
  const unsure = new Set<string>();

  const hashOf = async (whose: Json, attribute: string, value: Json): Promise<string> => {
    key ??= keyOf(secret());
    const bytes = await hmac(await key, canonical([whose, attribute, value]));
    return btoa(String.fromCharCode(...bytes.slice(0, HASH_BYTES)));
  };

  const read = async (name: string): Promise<Record<string, Kept>> => {
    const now = clock();
    const entries = keptIn(await store.get(name)).filter(([, { until }]) => now < until);
    return Object.fromEntries(entries);
  };

  const write = async (name: string, kept: Readonly<Record<string, Kept>>) => {
    const last = Math.max(0, ...Object.values(kept).map(({ until }) => until));
    const life = last - clock();
    await store.put(name, life > 0 ? (kept as unknown as Json) : undefined, Math.max(0, life));
  };

  /** What the store did not take must not be believed later: an old hash would leave out a value that is due. */
  const guarded = async (name: string, work: () => Promise<void>) => {
    try {
      await work();
      unsure.delete(name);
    } catch {
      unsure.add(name);
    }
  };

  return {
    async known(environment, visitor) {
      const name = nameOf(environment, visitor);
      if (unsure.has(name)) return {};
      try {
        return Object.fromEntries(
          Object.entries(await read(name)).map(([attribute, { hash }]) => [attribute, hash]),
        );
      } catch {
        return {};
      }
    },

    async reduce(share, known) {
      const { attributes } = share;
      if (!attributes) return { share, hashes: {} };
      const names = Object.keys(attributes);
      const identifiers = PRIMARY.some((name) => Object.hasOwn(attributes, name)) ? PRIMARY : SECONDARY;
      const fixed = new Set([...identifiers, ...CONTROLS]);
      const whose = names
        .filter((name) => identifiers.includes(name))
        .map((name) => [name, attributes[name] ?? null]);
      const own = names.filter((name) => !fixed.has(name));
      const hashed = await Promise.all(
        own.map(async (name): Promise<[string, string | null]> => {
          const value = attributes[name] ?? null;
          return [name, isPlain(name, value, attributes) ? await hashOf(whose, name, value) : null];
        }),
      );
      const isEqual = ([name, hash]: readonly [string, string | null]) =>
        hash !== null && Object.hasOwn(known, name) && known[name] === hash;
      const sent = hashed.filter((each) => !isEqual(each));
      const hashes = Object.fromEntries(sent);
      if (sent.length === hashed.length) return { share, hashes };
      const { attributes: _, ...rest } = share;
      if (sent.length === 0) return { share: rest, hashes };
      const kept = names.filter((name) => fixed.has(name) || Object.hasOwn(hashes, name));
      const left: TrackObject = Object.fromEntries(kept.map((name) => [name, attributes[name] ?? null]));
      return { share: { ...rest, attributes: left }, hashes };
    },

    async remember(environment, visitor, hashes) {
      if (Object.keys(hashes).length === 0) return;
      const name = nameOf(environment, visitor);
      await guarded(name, async () => {
        const until = clock() + LIFE;
        const before = unsure.has(name) ? {} : await read(name);
        const kept = Object.entries({ ...before, ...renewed(hashes, until) }).filter(
          (entry): entry is [string, Kept] => entry[1] !== undefined,
        );
        await write(name, Object.fromEntries(kept));
      });
    },

    async forget(environment, visitor) {
      const name = nameOf(environment, visitor);
      await guarded(name, () => store.put(name, undefined, 0));
    },
  };
}

/** What the store has under an attribute. */
interface Kept {
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

function keptIn(stored: Json | undefined): readonly (readonly [string, Kept])[] {
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return [];
  // Nobody else writes under this name.
  return Object.entries(stored as unknown as Readonly<Record<string, Kept>>);
}

function renewed(hashes: Hashes, until: number): Readonly<Record<string, Kept | undefined>> {
  return Object.fromEntries(
    Object.entries(hashes).map(([name, hash]) => [name, hash === null ? undefined : { hash, until }]),
  );
}

function nameOf(environment: EnvironmentName, visitor: string): string {
  return `changes/${environment}/${visitor}`;
}

/** Whether the attribute is this value afterwards, whatever it was before. */
function isPlain(name: string, value: Json, { _merge_objects: merges }: TrackObject): boolean {
  if (value === null || CONSENTS.includes(name)) return false;
  if (typeof value !== 'object' || Array.isArray(value)) return true;
  return merges !== true && !OPERATORS.some((operator) => Object.hasOwn(value, operator));
}

/** The same text for the same value, in whatever order its keys were written. */
function canonical(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}

async function keyOf(secret: Uint8Array): Promise<CryptoKey> {
  return importKey(await hmac(await importKey(secret), LABEL));
}

async function importKey(bytes: Uint8Array): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return crypto.subtle.importKey('raw', new Uint8Array(bytes), algorithm, false, ['sign']);
}

async function hmac(key: CryptoKey, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text)));
}
