/** The keys that sign credentials, made of secrets that are replaced now and then. */
import { base64url } from 'jose';
import type { RelayConfig } from '../config.ts';

export interface SigningKeys {
  /** Signs. */
  current(): Promise<SigningKey>;
  /**
   * That of a name, or all of them for none: what earlier releases have signed names no key. Empty where it is none of ours (any more).
   */
  find(kid: string | undefined): Promise<readonly CryptoKey[]>;
}

export interface SigningKey {
  /** Names the key in the header (RFC 7515, section 4.1.4), and tells nothing of it. */
  readonly kid: string;
  readonly key: CryptoKey;
}

/** Bytes of the name: two secrets are told apart, and a header stays short. */
const NAME_BYTES = 6;

/** What is signed for the name. Nothing else that a secret signs begins so: a JWT begins with `eyJ`. */
const NAMED = 'parley key';

/** On first use, and once: some runtimes allow no asynchronous work before a request. */
export function createSigningKeys({
  sessionSecret,
  previousSessionSecret,
}: Pick<RelayConfig, 'sessionSecret' | 'previousSessionSecret'>): SigningKeys {
  let made: Promise<readonly [SigningKey, ...SigningKey[]]> | undefined;
  const make = async (): Promise<readonly [SigningKey, ...SigningKey[]]> => {
    const previous = previousSessionSecret?.();
    return [await keyOf(sessionSecret()), ...(previous ? [await keyOf(previous)] : [])];
  };
  const all = () => (made ??= make());
  return {
    current: async () => (await all())[0],
    async find(kid) {
      // The other secret may be the one of before, and the one to come.
      const found = (await all()).filter((each) => kid === undefined || each.kid === kid);
      return found.map(({ key }) => key);
    },
  };
}

async function keyOf(secret: Uint8Array): Promise<SigningKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', new Uint8Array(secret), algorithm, false, [
    'sign',
    'verify',
  ]);
  const name = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(NAMED));
  return { kid: base64url.encode(new Uint8Array(name).slice(0, NAME_BYTES)), key };
}
