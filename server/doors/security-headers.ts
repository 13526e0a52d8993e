/** Headers of every answer, whoever makes it: what a browser is to do with it, and what not. */
import { secureHeaders } from 'hono/secure-headers';

/**
 * Nothing that the relay answers is a page: were it taken for one, nothing in it would run, load or be framed (OWASP REST Security Cheat
 * Sheet, "Security Headers"). Assets and flows are made to be loaded by other origins' pages.
 */
export const setSecurityHeaders = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  crossOriginResourcePolicy: 'cross-origin',
  crossOriginOpenerPolicy: false,
  // Not `includeSubDomains`: where the relay is at a brand's own host, what is below that is not the relay's to speak for.
  strictTransportSecurity: 'max-age=15552000',
});

/** The same for who answers before there is a Hono to do it. That they are the same is tested (`test/server/doors.test.ts`). */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'cross-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=15552000',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
};
