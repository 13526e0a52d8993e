/** Visitors whose rows are in another store are nobody here: what this one knows of them is not all. */
import type { Credentials } from './identity/credentials.ts';
import type { Ports } from './ports.ts';

/** Its `grant` rejects for a visitor of elsewhere: nobody would find them again. */
export function atHome(
  credentials: Credentials,
  { isHome = () => true }: Pick<Ports, 'isHome'>,
): Credentials {
  return {
    ...credentials,
    async find(credential, owner) {
      const visitor = await credentials.find(credential, owner);
      return visitor !== undefined && isHome(visitor.id) ? visitor : undefined;
    },
    async verify(token, owner, origin) {
      const session = await credentials.verify(token, owner, origin);
      return session !== undefined && isHome(session.visitor) ? session : undefined;
    },
    async grant(visitor, ...rest) {
      if (!isHome(visitor.id)) throw new Error('A visitor of another store would be made here.');
      return credentials.grant(visitor, ...rest);
    },
  };
}
