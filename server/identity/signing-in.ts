/** Who asks for a session: a visitor who has been here before, somebody whom the brand's backend vouches for, or somebody new. */
import type { IdentityVerdict } from '../../widget/contract/wire.ts';
import type { PageOwner, RelayConfig } from '../config.ts';
import type { Work } from '../delivery/work.ts';
import type { Ports } from '../ports.ts';
import type { Visitor } from './credentials.ts';
import { joinOf } from './joining.ts';
import type { Profiles } from './profiles.ts';
import type { SignedIdentities } from './signed-identity.ts';

export interface SignedIn {
  readonly visitor: Visitor | undefined;
  readonly verdict: IdentityVerdict;
  /** Where they are verified: when that runs out, in milliseconds since 1970. */
  readonly vouchedUntil?: number;
}

export interface SigningIn {
  /**
   * @param before whom the visitor credential vouches for
   * @param token the signed identity
   * @returns who they are now, and what became of the identity
   * @throws {StoreError}
   */
  signIn(
    before: Visitor | undefined,
    token: string,
    owner: PageOwner,
    known: { readonly request: string; readonly trace: string | undefined },
  ): Promise<SignedIn>;
}

export function createSigningIn(
  { deadline }: Pick<RelayConfig, 'deadline'>,
  identities: SignedIdentities,
  profiles: Profiles,
  { clock, createId, delivery, log }: Pick<Ports, 'clock' | 'createId' | 'delivery' | 'log'>,
): SigningIn {
  /** @returns whether it is done, or taken on for good */
  const join = async (visitor: string, owner: PageOwner, externalId: string, trace: string | undefined) => {
    const work: Work = joinOf(
      { to: { external_id: externalId }, hasOwnAlias: true },
      visitor,
      owner,
      clock(),
      trace,
    );
    const [delivered] = await delivery().deliver([work], deadline);
    return delivered?.type === 'settled';
  };

  return {
    async signIn(before, token, owner, { request, trace }) {
      const verified = await identities.verify(token, owner.identity);
      const { site, environment } = owner;
      const said = { site, environment: environment.name, request, trace };
      if (verified.verdict !== 'verified') {
        const { verdict, reason } = verified;
        log({ level: 'warn', event: 'identity_refused', verdict, reason, ...said });
        return { visitor: before, verdict };
      }
      const { externalId, until: vouchedUntil } = verified;
      const as = (visitor: Visitor): SignedIn => ({ visitor, verdict: 'verified', vouchedUntil });
      if (before?.externalId === externalId) return as(before);
      const isFree = before !== undefined && before.externalId === undefined;
      const claimed = isFree ? await profiles.claim(before, owner, externalId) : 'other';
      if (claimed === 'other' || before === undefined) {
        // Somebody else sits there now, or the page has let nobody go.
        if (before) log({ level: 'info', event: 'identity_changed', ...said });
        return as({ id: createId(), externalId, since: clock() });
      }
      if (claimed === 'beside') return as({ ...before, externalId });
      if (await join(before.id, owner, externalId, trace)) {
        await profiles.joined({ visitor: before.id, site, environment: environment.name });
        return as({ ...before, externalId });
      }
      // Until then they are who they were: nothing is to be written to the one before the other is joined to it.
      return { visitor: before, verdict: 'unavailable' };
    },
  };
}
