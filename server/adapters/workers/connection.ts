import type { Connection } from '../../doors/doors.ts';

/** Cloudflare writes who has knocked at it, over whatever the request says (developers.cloudflare.com/fundamentals/reference/http-headers). */
export function connectionOf({ headers }: Request): Connection {
  return { peer: headers.get('cf-connecting-ip') ?? undefined };
}
