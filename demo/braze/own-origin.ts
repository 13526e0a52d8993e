import type { MiddlewareHandler } from 'hono';

/**
 * Keeps other web pages out: what is behind it is what demo visitors typed. A page of another origin cannot read
 * answers without CORS headers, of which there are none; this also stops it from sending, and stops a page whose
 * name was made to point to this machine (DNS rebinding), which would count as the same origin.
 */
export const ownOriginOnly: MiddlewareHandler = async function ownOriginOnly(context, next) {
  const target = new URL(context.req.url).host;
  // A request whose target is a whole address has a header beside it that need not agree.
  const { host = target, origin } = context.req.header();
  const isOwn = target === hostOf(`http://${host}`) && isLocalHost(target);
  if (!isOwn || (origin !== undefined && hostOf(origin) !== target)) {
    return context.json(
      { message: 'The inspector answers only its own page, on localhost or an IP address.' },
      403,
    );
  }
  await next();
  context.header('Cross-Origin-Resource-Policy', 'same-origin');
  context.header('X-Content-Type-Options', 'nosniff');
  context.header('Cache-Control', 'no-store');
  return undefined;
};

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** Names without a dot (`localhost`, a container's name) and IP addresses: nobody on the web can own one. */
function isLocalHost(host: string): boolean {
  const { hostname } = new URL(`http://${host}`);
  return !hostname.includes('.') || hostname.endsWith('.localhost') || /^[\d.]+$/.test(hostname);
}
