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
  /**
   * What Braze acknowledged within the life of such knowledge.
   * @throws {StoreError} No request may leave then: what it changes could not be forgotten first.
   */
  known(environment: EnvironmentName, visitor: string): Promise<Hashes>;
  /**
   * The share without what is known to be equal. An attributes object that has nothing but identifiers left is dropped.
   * `hashes` is for `remember`, once Braze has taken all of it.
   */
  reduce(share: TrackShare, known: Hashes): Promise<{ readonly share: TrackShare; readonly hashes: Hashes }>;
  /**
   * Merges them into what is known. An attribute that had another value at Braze a few minutes ago is not known for all that: Braze
   * may apply the two in the other order, and the next submission is to write it again.
   * @throws {StoreError} where all are `null`: before a request leaves, what it changes is forgotten on disk, or it may not leave.
   * With a hash it never rejects: what could not be remembered is sent again.
   */
  remember(environment: EnvironmentName, visitor: string, hashes: Hashes): Promise<void>;
  /**
   * For an identification, a merge, a deletion, an error about an object, and work in doubt: what Braze holds is not known then.
   * Never rejects: where the store fails, `known` does it first.
   */
  forget(environment: EnvironmentName, visitor: string): Promise<void>;
}

/**
 * Milliseconds. Requests may be applied in another order than they came in; Braze recommends 5 minutes between those that depend on
 * each other (`api/api_limits`).
 */
const SETTLING = 300_000;

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
  life: longest,
}: {
  readonly store: Pick<Store, 'get' | 'put'>;
  readonly secret: () => Uint8Array;
  readonly clock: () => number;
  /** Milliseconds that what was acknowledged is known: somebody else may write the attribute meanwhile. */
  readonly life: number;
}): Changes {
  let key: Promise<CryptoKey> | undefined;
  /** Of these the store holds what may be wrong: it did not forget. */
  const unsure = new Set<string>();

  const hashOf = async (whose: Json, attribute: string, value: Json): Promise<string> => {
    key ??= keyOf(secret());
    const bytes = await hmac(await key, canonical([whose, attribute, value]));
    return btoa(String.fromCharCode(...bytes.slice(0, HASH_BYTES)));
  };

  const read = async (name: string, visitor: string): Promise<Kept> => {
    if (unsure.has(name)) await forgetAll(name, visitor);
    return keptIn(await store.get(name), clock(), longest);
  };

  const write = async (name: string, visitor: string, kept: Kept) => {
    const last = Math.max(kept.forgottenUntil, ...Object.values(kept.attributes).map(({ until }) => until));
    const life = last - clock();
    await store.put(name, life > 0 ? (kept as unknown as Json) : undefined, Math.max(0, life), visitor);
  };

  const forgetAll = async (name: string, visitor: string) => {
    await write(name, visitor, { attributes: {}, forgottenUntil: clock() + SETTLING });
    unsure.delete(name);
  };

  return {
    async known(environment, visitor) {
      const { attributes } = await read(nameOf(environment, visitor), visitor);
      const sure = Object.entries(attributes).filter(([, each]) => isKnown(each));
      return Object.fromEntries(sure.map(([attribute, { hash }]) => [attribute, hash]));
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
      const news = Object.entries(hashes);
      if (news.length === 0) return;
      const name = nameOf(environment, visitor);
      try {
        const kept = await read(name, visitor);
        const now = clock();
        const before = (attribute: string) =>
          Object.hasOwn(kept.attributes, attribute) ? kept.attributes[attribute] : forgotten(kept);
        const renewed = news.map(([attribute, hash]) => [
          attribute,
          next(before(attribute), hash, now, longest),
        ]);
        await write(name, visitor, {
          ...kept,
          attributes: { ...kept.attributes, ...(Object.fromEntries(renewed) as Kept['attributes']) },
        });
      } catch (error) {
        if (news.every(([, hash]) => hash === null)) throw error;
      }
    },

    async forget(environment, visitor) {
      const name = nameOf(environment, visitor);
      unsure.add(name);
      await forgetAll(name, visitor).catch(() => undefined);
    },
  };
}

/** What the store has of a visitor. */
interface Kept {
  readonly attributes: Readonly<Record<string, Last>>;
  /** Until then, any attribute may have had another value at Braze a few minutes ago. Milliseconds since 1970. */
  readonly forgottenUntil: number;
}

/** The last that is known of an attribute. Times are milliseconds since 1970. */
interface Last {
  /** `null` where the value is not known. */
  readonly hash: string | null;
  /** When that was so, as far as it matters to what comes after. */
  readonly at: number;
  /** When it had another value last. Absent: so long ago that it does not matter. */
  readonly otherAt?: number;
  readonly until: number;
}

/** Braze holds this value, and nothing before it can still come after it. */
function isKnown({ hash, at, otherAt }: Last): boolean {
  return hash !== null && (otherAt === undefined || at - otherAt >= SETTLING);
}

function next(before: Last | undefined, hash: string | null, now: number, life: number): Last {
  if (hash === null) {
    // What was acknowledged counts from then on.
    const at = before && isKnown(before) ? before.at : now;
    return { hash, at, until: now + SETTLING };
  }
  const otherAt = before?.hash === hash ? before.otherAt : before?.at;
  return { hash, at: now, until: now + life, ...(otherAt !== undefined && { otherAt }) };
}

function forgotten({ forgottenUntil }: Kept): Last | undefined {
  if (forgottenUntil === 0) return undefined;
  return { hash: null, at: forgottenUntil - SETTLING, until: forgottenUntil };
}

/** Without what has passed, or would hold for longer than it may: the clock was set back. */
function keptIn(stored: Json | undefined, now: number, life: number): Kept {
  if (typeof stored !== 'object' || stored === null) return { attributes: {}, forgottenUntil: 0 };
  // Nobody else writes under this name.
  const { attributes, forgottenUntil } = stored as unknown as Kept;
  const holds = Object.entries(attributes).filter(([, { until }]) => now < until && until - now <= life);
  const isForgotten = now < forgottenUntil && forgottenUntil - now <= SETTLING;
  return {
    attributes: Object.fromEntries(holds),
    forgottenUntil: isForgotten ? forgottenUntil : 0,
  };
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
