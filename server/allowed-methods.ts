/** Which methods a path has, for `Allow` (RFC 9110, sections 10.2.1 and 15.5.6). */
import type { Ports } from './ports.ts';

interface Route {
  readonly method: string;
  /** Hono's pattern: `/v1/flows/:id`. */
  readonly path: string;
}

/** @returns e.g. `GET, HEAD, OPTIONS`; `undefined` where there is nothing, or nothing for that method's being wrong */
export async function allowedAt(
  routes: readonly Route[],
  { method, path, url }: { readonly method: string; readonly path: string; readonly url: string },
  assets: Ports['assets'],
): Promise<string | undefined> {
  const here = routes.filter((route) => isEndpoint(route) && matches(route.path, path));
  const methods = new Set(here.map((route) => route.method));
  const isRead = method === 'GET' || method === 'HEAD';
  if (methods.size === 0 && !isRead && (await assets(new Request(url)))) methods.add('GET');
  if (methods.size === 0 || methods.has(isRead ? 'GET' : method)) return undefined;
  // Every path answers a preflight.
  return [...methods].flatMap((each) => (each === 'GET' ? [each, 'HEAD'] : [each])).join(', ') + ', OPTIONS';
}

/** A route that answers, and no middleware. */
function isEndpoint({ method, path }: Route): boolean {
  return method !== 'ALL' && !path.includes('*');
}

function matches(pattern: string, path: string): boolean {
  const [parts, wanted] = [pattern.split('/'), path.split('/')];
  return (
    parts.length === wanted.length && parts.every((part, at) => part.startsWith(':') || part === wanted[at])
  );
}
