/** Headers of every answer, whoever makes it: what a browser is to do with it, and what not. */
import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';

/**
 * Nothing that the relay answers is a page: were it taken for one, nothing in it would run, load or be framed (OWASP REST Security Cheat
 * Sheet, "Security Headers"). Assets and flows are made to be loaded by other origins' pages.
 */
const headersWith = (strictTransportSecurity: string | false) =>
  secureHeaders({
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    crossOriginResourcePolicy: 'cross-origin',
    crossOriginOpenerPolicy: false,
    strictTransportSecurity,
  });

/** Not `includeSubDomains`: what is below the relay's host is not the relay's to speak for. Half a year. */
const setOfOwnHost = headersWith('max-age=15552000');

const setOfPagesHost = headersWith(false);

/**
 * Of two policies on TLS a browser keeps the one that came last, whatever file it came with (RFC 6797, section 8.1). So at a host that has pages of
 * the brand's too, the relay says nothing of it: it would take back what they say, such as `includeSubDomains`.
 * @param origins of the pages
 */
export const createSecurityHeaders =
  (origins: Pick<ReadonlySet<string>, 'has'>): MiddlewareHandler =>
  (c, next) => {
    const host = c.req.header('host') ?? new URL(c.req.url).host;
    const isPages = origins.has(`https://${host}`) || origins.has(`http://${host}`);
    return (isPages ? setOfPagesHost : setOfOwnHost)(c, next);
  };

/**
 * The same for who answers before there is a Hono to do it, and does not know at which host: that they are the same is tested
 * (`test/server/doors.test.ts`).
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'cross-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
};
