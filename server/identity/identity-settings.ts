/** Settings of a site on who its visitors are, unknown JSON: whose word is taken for who is signed in, and by what their profiles are known. */
import * as v from 'valibot';

/** By which a signature may be made. No secret that two sides share is among them: who can check could sign. */
export const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;

export type Algorithm = (typeof ALGORITHMS)[number];

export interface PublicKey {
  /** SubjectPublicKeyInfo (RFC 5280, section 4.1) as PEM. */
  readonly pem: string;
  /** The one that it is for: a token cannot choose another. */
  readonly algorithm: Algorithm;
}

/** Whose word is taken for who is signed in. */
export type IdentitySettings = {
  /** Required of a token, where there is one. */
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
} & ({ readonly jwks: string } | { readonly keys: readonly PublicKey[] });

/** In each environment of a site: what is absent takes nobody's word. */
export interface EnvironmentIdentities {
  readonly sandbox?: IdentitySettings | undefined;
  readonly prod?: IdentitySettings | undefined;
}

/** Where profiles are known by an answer: anybody can give another's. */
export interface ProfileKey {
  readonly by: 'email' | 'external_id';
  /** Whose answer it is. */
  readonly field: string;
}

/** More than a change of keys takes; Braze keeps three of an app (`developer_guide/sdk_integration/authentication`). */
const MAX_KEYS = 3;

/** Characters of a PEM: those of RSA with 8,192 bits have some 1,450. */
const MAX_PEM = 4_000;

/** Bytes of the SubjectPublicKeyInfo of RSA with 2,048 bits, the least that is signed with (RFC 7518, section 3.3). */
const LEAST_RSA = 294;

interface Kind {
  readonly algorithm: Algorithm;
  /** How its identifier is written in DER (RFC 8017, appendix A.1; RFC 5480, section 2.1.1; RFC 8410, section 3). */
  readonly identifier: readonly number[];
  /** Bytes of the SubjectPublicKeyInfo, where all of a kind have as many. A P-256 point is uncompressed (RFC 5480, section 2.2). */
  readonly size?: number;
}

const KINDS: readonly Kind[] = [
  {
    algorithm: 'RS256',
    identifier: [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01],
  },
  {
    algorithm: 'ES256',
    identifier: [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
    size: 91,
  },
  { algorithm: 'EdDSA', identifier: [0x06, 0x03, 0x2b, 0x65, 0x70], size: 44 },
];

const PEM_WORDS =
  'should be a public key in PEM ("-----BEGIN PUBLIC KEY-----"): RSA of 2,048 bits or more, P-256, or Ed25519';

const WHOLE_WORDS =
  'is a public key of which a part is missing or too much; copy it anew, with every line from BEGIN to END';

/** @returns the bytes of a PEM, a character each, or `undefined` if it is none */
function derOf(pem: string): string | undefined {
  const body = /^\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/.exec(pem)?.[1];
  try {
    return body === undefined ? undefined : atob(body.replace(/\s/g, ''));
  } catch {
    return undefined;
  }
}

function kindOf(der: string | undefined): Kind | undefined {
  return KINDS.find(({ identifier }) => der?.includes(String.fromCharCode(...identifier)));
}

/** What is wrong with it as a key that we take, or `undefined`. */
function problemOf(pem: string): string | undefined {
  const der = derOf(pem);
  const kind = kindOf(der);
  if (der === undefined || kind === undefined) return PEM_WORDS;
  const { algorithm, size = sizeIn(der) } = kind;
  if (der.length !== size || sizeIn(der) !== size) return WHOLE_WORDS;
  return algorithm === 'RS256' && size < LEAST_RSA ? PEM_WORDS : undefined;
}

/** Bytes that a DER value says it has, with those that say so: up to 65,535, which no key has (ITU-T X.690, section 8.1.3). */
function sizeIn(der: string): number {
  const [, length = 0, ...following] = Array.from(der.slice(0, 4), (byte) => byte.charCodeAt(0));
  if (length < 0x80) return 2 + length;
  const count = length - 0x80;
  return 2 + count + following.slice(0, count).reduce((all, byte) => all * 0x100 + byte, 0);
}

const pem = v.pipe(
  v.string(PEM_WORDS),
  v.maxLength(MAX_PEM, PEM_WORDS),
  v.check(
    (text) => problemOf(text) === undefined,
    ({ input }) => problemOf(input) ?? PEM_WORDS,
  ),
  v.transform((text): PublicKey => ({ pem: text, algorithm: kindOf(derOf(text))?.algorithm ?? 'RS256' })),
);

const ADDRESS_WORDS = 'should be an https address, such as "https://login.example.com/.well-known/jwks.json"';

const address = v.pipe(
  v.string(ADDRESS_WORDS),
  v.check((text) => {
    if (!URL.canParse(text)) return false;
    const { protocol, hostname, username, password } = new URL(text);
    if (username !== '' || password !== '') return false;
    // Plain http only from this machine: whoever changes the keys on their way is anybody.
    return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1'].includes(hostname));
  }, ADDRESS_WORDS),
);

const text = (what: string) => v.optional(v.pipe(v.string(what), v.minLength(1, what)));

const identity = v.pipe(
  v.strictObject(
    {
      jwks: v.optional(address),
      keys: v.optional(
        v.pipe(
          v.array(pem, 'should be a list of public keys'),
          v.minLength(1, 'should have one key at least'),
          v.maxLength(MAX_KEYS, `should have ${MAX_KEYS} keys at most`),
        ),
      ),
      issuer: text('should be the `iss` that a token has'),
      audience: text('should be the `aud` that a token has'),
    },
    'should be {"jwks": "https://…"} or {"keys": ["-----BEGIN PUBLIC KEY-----…"]}',
  ),
  v.check(
    ({ jwks, keys }) => (jwks === undefined) !== (keys === undefined),
    'should name either "jwks" or "keys", and not both',
  ),
  v.transform(({ jwks, keys = [], ...required }): IdentitySettings =>
    jwks === undefined ? { ...required, keys } : { ...required, jwks },
  ),
);

const forEach = v.strictObject(
  { sandbox: v.optional(identity), prod: v.optional(identity) },
  'should be {"sandbox": {"jwks": "https://…"}, "prod": {"jwks": "https://…"}}',
);

const forBoth = v.pipe(
  identity,
  v.transform((both): EnvironmentIdentities => ({ sandbox: both, prod: both })),
);

/** Looked at by its form first, so that a mistake is told as that. */
export const identitySettings = v.optional(
  v.lazy((given) =>
    typeof given === 'object' && given !== null && ('sandbox' in given || 'prod' in given)
      ? forEach
      : forBoth,
  ),
);

/** Whether some token is good by both: one key signs for both, and nothing that a token has to have tells them apart. */
export function isSharedBy(one: IdentitySettings, other: IdentitySettings): boolean {
  if (one.issuer !== other.issuer || one.audience !== other.audience) return false;
  if ('jwks' in one || 'jwks' in other) return 'jwks' in one && 'jwks' in other && one.jwks === other.jwks;
  return one.keys.some(({ pem: each }) => other.keys.some(({ pem: its }) => its.trim() === each.trim()));
}

export const profileKey = v.optional(
  v.strictObject(
    {
      by: v.picklist(['email', 'external_id'], 'should be "email" or "external_id"'),
      field: v.pipe(
        v.string('should be the field of a question, such as "email"'),
        v.minLength(1, 'should be the field of a question, such as "email"'),
      ),
    },
    'should be an object such as {"by": "email", "field": "email"}',
  ),
);
