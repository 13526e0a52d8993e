/** Visitors who are erased are nobody: what the relay once signed for them holds no more. */
import type { Credentials } from './identity/credentials.ts';
import type { Ports } from './ports.ts';

/** Its functions reject with a `StoreError`, too. */
export function withoutErased(credentials: Credentials, { store }: Pick<Ports, 'store'>): Credentials {
  return {
    ...credentials,
    async find(credential, owner) {
      const visitor = await credentials.find(credential, owner);
      return visitor === undefined || (await store.isErased(visitor.id)) ? undefined : visitor;
    },
    async verify(token, owner, origin) {
      const session = await credentials.verify(token, owner, origin);
      return session === undefined || (await store.isErased(session.visitor)) ? undefined : session;
    },
  };
}
