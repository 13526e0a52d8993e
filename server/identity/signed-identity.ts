/**
 * Who is signed in, in the words of the brand's backend: a JWT (RFC 7519) as Braze's SDK authentication has it, with `sub` (the external_id)
 * and `exp`, signed by a key of which the relay has the public half
 * (`developer_guide/sdk_integration/authentication`; ES256 and EdDSA beside its RS256).
 */
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  importSPKI,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
} from 'jose';
import type { IdentityVerdict } from '../../widget/contract/wire.ts';
import { externalIdOf } from '../braze/external-id.ts';
import type { Ports } from '../ports.ts';
import { ALGORITHMS, type IdentitySettings, type PublicKey } from './identity-settings.ts';

export type Verified =
  | {
      readonly verdict: 'verified';
      readonly externalId: string;
      /** Milliseconds since 1970: then it has run out. */
      readonly until: number;
    }
  | {
      readonly verdict: Exclude<IdentityVerdict, 'verified'>;
      /** For the operator's log, as a constant: `sub`, one of `KeysError`, or jose's, as `ERR_JWS_SIGNATURE_VERIFICATION_FAILED`. */
      readonly reason?: string;
    };

export interface SignedIdentities {
  /** @param settings of the site whose page hands it over. Never rejects */
  verify(token: string, settings: IdentitySettings | undefined): Promise<Verified>;
}

/** Checks a signature, by whichever key it was made. @throws {errors.JOSEError} */
type Check = (token: string, options: Parameters<typeof jwtVerify>[2]) => Promise<JWTPayload>;

/** Seconds that the clocks of the backend and the relay may differ. */
const SKEW = 30;

/**
 * Milliseconds. A visitor waits for the keys; they are asked for again after ten minutes, or where a token names one that is not there,
 * but not more often than the last says: anybody can name a key.
 */
const FETCHING = { timeoutDuration: 2_000, cacheMaxAge: 600_000, cooldownDuration: 30_000 };

/**
 * Milliseconds that keys are not asked for again after they could not be had, for which jose knows no pause. Anybody can send a token, and each
 * would have them asked for; and an endpoint that is away would keep each of those waiting who come meanwhile.
 */
const FAILURE_COOLDOWN = 5_000;

/** Statuses that lead elsewhere (fetch.spec.whatwg.org, redirect status). */
const REDIRECTS = [301, 302, 303, 307, 308];

export function createSignedIdentities({ clock, fetch }: Pick<Ports, 'clock' | 'fetch'>): SignedIdentities {
  /** Made once for each site's settings: keys are fetched and read once for many visitors. */
  const checks = new WeakMap<IdentitySettings, Check>();

  const checkBy = (settings: IdentitySettings): Check => {
    const check =
      checks.get(settings) ??
      ('jwks' in settings
        ? createJwksCheck(settings.jwks, { clock, fetch })
        : createKeysCheck(settings.keys));
    checks.set(settings, check);
    return check;
  };

  return {
    async verify(token, settings) {
      if (!settings) return { verdict: 'not_configured' };
      const { issuer, audience } = settings;
      try {
        // jose asks that it is there, and not that it is a text (RFC 7519, section 4.1.2).
        const { sub, exp = 0 }: { readonly sub?: unknown; readonly exp?: number } = await checkBy(settings)(
          token,
          {
            algorithms: [...ALGORITHMS],
            requiredClaims: ['sub', 'exp'],
            clockTolerance: SKEW,
            currentDate: new Date(clock()),
            ...(issuer !== undefined && { issuer }),
            ...(audience !== undefined && { audience }),
          },
        );
        const externalId = typeof sub === 'string' ? externalIdOf(sub) : undefined;
        return externalId === undefined
          ? { verdict: 'invalid', reason: 'sub' }
          : { verdict: 'verified', externalId, until: (exp + SKEW) * 1_000 };
      } catch (error) {
        return refusalOf(error);
      }
    },
  };
}

/** The keys that the settings name are of no use now, whoever's the token is. */
class KeysError extends Error {
  override readonly name = 'KeysError';
  /**
   * `fetch`: their address cannot be reached. `redirect`: it leads elsewhere. `status`: it answers with another one than 200. `key`: one of
   * them cannot be read.
   */
  readonly reason: 'fetch' | 'redirect' | 'status' | 'key';
  constructor(reason: KeysError['reason'], options?: ErrorOptions) {
    super(`The keys of a backend cannot be had: ${reason}`, options);
    this.reason = reason;
  }
}

/** Where the keys are, by their address (RFC 7517, section 5). */
function createJwksCheck(address: string, { clock, fetch }: Pick<Ports, 'clock' | 'fetch'>): Check {
  let failure: { readonly until: number; readonly error: unknown } | undefined;
  const fail = (error: unknown) => (failure = { until: clock() + FAILURE_COOLDOWN, error });
  const findKey = createRemoteJWKSet(new URL(address), {
    ...FETCHING,
    [customFetch]: async (url, init) => {
      if (failure && clock() < failure.until) throw failure.error;
      try {
        const text = await fetchKeys(url, init, fetch);
        if (!isKeySet(text)) fail(new errors.JWKSInvalid());
        return new Response(text);
      } catch (error) {
        throw fail(error).error;
      }
    },
  });
  return async (token, options) => {
    try {
      return (await jwtVerify(token, findKey, options)).payload;
    } catch (error) {
      // Keys without names: whichever of them fits.
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      for await (const key of error) {
        const payload = await payloadBy(token, key, options);
        if (payload) return payload;
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  };
}

/**
 * @returns the body of an answer with 200
 * @throws {KeysError}
 * @throws {DOMException} `TimeoutError`, which jose gives a name of its own
 */
async function fetchKeys(url: string, init: RequestInit, fetch: Ports['fetch']): Promise<string> {
  let response: Response;
  let text: string;
  try {
    // To the word: what is behind a redirect is not what the settings name. Not `error`, which workerd does not know.
    response = await fetch(url, { ...init, redirect: 'manual' });
    text = await response.text();
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') throw error;
    throw new KeysError('fetch', { cause: error });
  }
  const { status, type } = response;
  // Some runtimes show the redirect itself, others a status of 0 (fetch.spec.whatwg.org, opaque-redirect filtered response).
  if (type === 'opaqueredirect' || REDIRECTS.includes(status)) throw new KeysError('redirect');
  if (status !== 200) throw new KeysError('status');
  return text;
}

function isKeySet(text: string): boolean {
  try {
    createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
    return true;
  } catch {
    return false;
  }
}

/** While a backend changes its key it has two of a kind. */
function createKeysCheck(keys: readonly PublicKey[]): Check {
  // On first use: some runtimes allow no asynchronous work before a request.
  let made: Promise<readonly CryptoKey[]> | undefined;
  return async (token, options) => {
    made ??= Promise.all(keys.map(readKey));
    for (const key of await made) {
      const payload = await payloadBy(token, key, options);
      if (payload) return payload;
    }
    throw new errors.JWSSignatureVerificationFailed();
  };
}

/** The settings have looked at its form, and cannot tell whether its numbers are a key. @throws {KeysError} */
async function readKey({ pem, algorithm }: PublicKey): Promise<CryptoKey> {
  try {
    return await importSPKI(pem, algorithm);
  } catch (error) {
    throw new KeysError('key', { cause: error });
  }
}

/** `undefined` where another key has signed it. */
async function payloadBy(
  token: string,
  key: CryptoKey,
  options: Parameters<typeof jwtVerify>[2],
): Promise<JWTPayload | undefined> {
  try {
    return (await jwtVerify(token, key, options)).payload;
  } catch (error) {
    // A key for another algorithm is a `TypeError` there.
    if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof TypeError)
      return undefined;
    throw error;
  }
}

function refusalOf(error: unknown): Verified {
  if (error instanceof errors.JWTExpired) return { verdict: 'expired' };
  // The keys could not be had: it is not the token's fault.
  if (error instanceof KeysError) return { verdict: 'unavailable', reason: error.reason };
  // What a runtime throws of a key in the set that cannot be read.
  if (!(error instanceof errors.JOSEError)) return { verdict: 'unavailable', reason: 'key' };
  const { code } = error;
  return { verdict: UNAVAILABLE.includes(code) ? 'unavailable' : 'invalid', reason: code };
}

/** Of jose: no answer in time, an answer that is no JSON, and one that is no set of keys. */
const UNAVAILABLE: readonly string[] = ['ERR_JWKS_TIMEOUT', 'ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID'];
