/** Visitors who come by an entry link: what it tells, and to whose profile they write. A link that does not hold is told to the operator. */
import type { EntryContext, Submission } from '../widget/contract/wire.ts';
import type { PageOwner } from './config.ts';
import { LATEST, type EntryLink, type EntryLinks, type EntryRefusal } from './entry-links.ts';
import type { LoadedFlow } from './flows/shelf.ts';
import type { Session } from './identity/credentials.ts';
import { rememberProfiles } from './other-profiles.ts';
import type { Ports } from './ports.ts';

/** By which link somebody came. */
export interface Entered extends EntryContext {
  /** Id of the link. */
  readonly link?: string;
  /** Of the profile that is written to: only for who was the first to submit with the link. */
  readonly external_id?: string;
}

/** What the log says of the request. */
export interface Known {
  readonly request: string;
  readonly trace: string | undefined;
}

export interface Entering {
  /** The flow that a link leads to from this page, and what it tells; `undefined` where it does not hold. */
  open(
    token: string,
    owner: PageOwner,
    known: Known,
  ): Promise<{ readonly flow: LoadedFlow; readonly entry: EntryContext } | undefined>;
  /**
   * What the links tell that submissions were made with, as of their own times. Nobody's word is taken for it. Who is the first to submit with a
   * personal link writes to its profile; all others write to their own.
   * @throws {StoreError}
   */
  read(
    submissions: readonly Submission[],
    owner: PageOwner,
    session: Pick<Session, 'visitor' | 'externalId'>,
    known: Known,
  ): Promise<ReadonlyMap<Submission, Entered>>;
}

export function createEntering(
  links: EntryLinks,
  { clock, findFlow, log, store }: Pick<Ports, 'clock' | 'findFlow' | 'log' | 'store'>,
): Entering {
  const refuse = (
    reason: EntryRefusal | 'unknown_flow' | 'taken' | 'no_durable_store',
    owner: PageOwner,
    known: Known,
  ) => {
    const { site, environment } = owner;
    log({ level: 'warn', event: 'entry_refused', reason, site, environment: environment.name, ...known });
  };

  /** The profile that this visitor writes to by the link, if it is personal. */
  const claim = async (
    link: EntryLink,
    owner: PageOwner,
    { visitor, externalId }: Pick<Session, 'visitor' | 'externalId'>,
    known: Known,
  ): Promise<Entered> => {
    const { id, external_id, cohort, campaign } = link;
    const told = { link: id, ...tellable({ cohort, campaign }) };
    // Who is signed in writes as who they are, and leaves the link to whom it is meant for.
    if (external_id === undefined || externalId !== undefined) return told;
    // Who came first is forgotten there: another process, or the next one, would let another in.
    if (!store.isDurable) {
      refuse('no_durable_store', owner, known);
      return told;
    }
    if (await links.claimPersonal(link, visitor, store)) {
      const whose = { visitor, site: owner.site, environment: owner.environment.name };
      await rememberProfiles(whose, [{ external_id }], link.expires + LATEST, { store, clock, log });
      return { ...told, external_id };
    }
    refuse('taken', owner, known);
    return told;
  };

  return {
    async open(token, owner, known) {
      const found = await links.read(token, owner, clock());
      if ('reason' in found) {
        refuse(found.reason, owner, known);
        return undefined;
      }
      const { flow: id, cohort, campaign } = found.link;
      const flow = await findFlow(id);
      if (flow) return { flow, entry: tellable({ cohort, campaign }) };
      refuse('unknown_flow', owner, known);
      return undefined;
    },

    async read(submissions, owner, session, known) {
      const entered = new Map<Submission, Entered>();
      /** A conversation comes by one link: it is looked up once a request. */
      const claims = new Map<string, Promise<Entered>>();
      for (const submission of submissions) {
        if (submission.entry === undefined) continue;
        const { link: token } = submission.entry;
        const found = await links.read(token, owner, Date.parse(submission.time));
        if ('reason' in found) {
          refuse(found.reason, owner, known);
          continue;
        }
        const { link } = found;
        const claimed = claims.get(link.id) ?? claim(link, owner, session, known);
        claims.set(link.id, claimed);
        entered.set(submission, await claimed);
      }
      return entered;
    },
  };
}

/** What is there. */
function tellable({
  cohort,
  campaign,
}: { readonly [Key in keyof EntryContext]?: string | undefined }): EntryContext {
  return { ...(cohort !== undefined && { cohort }), ...(campaign !== undefined && { campaign }) };
}
