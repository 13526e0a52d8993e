/** Errors of `fetch` by which it is certain that nothing of a request has left. */

/**
 * Codes of the time before there is a connection: no name, no way, nobody there (libuv), nobody in time (undici), and nobody who
 * proves to be the host (OpenSSL's verification of certificates, and a handshake with what speaks no TLS). The body leaves only
 * after all of these.
 */
const CONNECTING: ReadonlySet<unknown> = new Set([
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EAI_NONAME',
  'ENOTFOUND',
  'ECONNREFUSED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_TLS_HANDSHAKE_TIMEOUT',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_WRONG_VERSION_NUMBER',
]);

/** Longer chains of causes are nobody's. */
const MAX_DEPTH = 5;

/** An error of several attempts (RFC 8305, to the addresses of one name) counts only if each of them was without a connection. */
export function isUnsent(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return false;
  const { code, syscall, errors, cause } = error as Partial<
    Record<'code' | 'syscall' | 'errors' | 'cause', unknown>
  >;
  if (Array.isArray(errors) && errors.length > 0) {
    return errors.every((each: unknown) => isUnsent(each, depth + 1));
  }
  return CONNECTING.has(code) || syscall === 'connect' || isUnsent(cause, depth + 1);
}
