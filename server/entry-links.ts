/**
 * Entry links: an encrypted word (JWE, RFC 7516: `dir`, `A256GCM`) by which a page opens a flow for a cohort. Who has the link can
 * neither read nor change what it says; the relay tells the browser no more of it than cohort and campaign.
 */
import { base64url, compactDecrypt, EncryptJWT } from 'jose';
import * as v from 'valibot';
import type { EnvironmentName, PageOwner, RelayConfig } from './config.ts';
import type { Ports } from './ports.ts';
import { SETTLEMENT_LIFE } from './store/lines.ts';
import type { Store } from './store/store.ts';

/** What a link is to say. */
export interface EntryLinkRequest {
  readonly site: string;
  readonly environment: EnvironmentName;
  readonly flow: string;
  readonly cohort?: string;
  readonly campaign?: string;
  /** Makes it personal: whose profile in Braze its first visitor writes to. */
  readonly external_id?: string;
}

/** What is wrong with what a link is to say. */
export interface EntryLinkProblem {
  readonly name: string;
  /** To stand behind the name: `should be 1 to 100 characters`. No value that may be personal. */
  readonly words: string;
}

/** A link that holds here and now. */
export interface EntryLink {
  readonly id: string;
  readonly flow: string;
  readonly cohort?: string;
  readonly campaign?: string;
  /** Only for who has claimed the link. It says nothing about who the visitor is. */
  readonly external_id?: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** Why a link does not hold. */
export type EntryRefusal = 'forged' | 'expired' | 'other_site' | 'other_environment';

export interface EntryLinks {
  /**
   * The word that stands in the link. It can be read again only if `problemsOf` finds nothing in the request.
   * @param life milliseconds until it expires
   */
  make(request: EntryLinkRequest, life: number): Promise<string>;
  /**
   * Never rejects.
   * @param owner of the page that the link was opened on
   * @param at when it was opened or submitted with: milliseconds since 1970. What lies further back than a submission may be late counts
   * as so late: a browser can say anything
   */
  read(
    token: string,
    owner: PageOwner,
    at: number,
  ): Promise<{ readonly link: EntryLink } | { readonly reason: EntryRefusal }>;
  /**
   * Whether this visitor is the first who submits with a personal link, and so writes to its profile. The same each time for the same
   * visitor, also where the store did something and could not say so. Of two at once one is the first. Only where the first one's claim was cut
   * short between its two writes, and another came at the same moment, nobody is: that a profile stays unwritten is better than that two write to
   * it.
   * @throws {StoreError}
   */
  claimPersonal(
    link: Pick<EntryLink, 'id' | 'expires'>,
    visitor: string,
    store: Pick<Store, 'count' | 'get' | 'put'>,
  ): Promise<boolean>;
}

/** Characters. Longer ones are not looked at: mail tools and browsers' address bars begin to cut at about 2,000. */
export const MAX_TOKEN = 2_000;

/** Bytes of a request as JSON. In base64url, with header, id, times and tag, that stays below `MAX_TOKEN`. */
const MAX_REQUEST = 1_300;

/** Characters of a cohort and a campaign: a label and no text. As a property of an event Braze takes 255. */
const MAX_LABEL = 100;

/** Bytes that Braze takes (`user_guide/data/user_data_collection/user_profile_lifecycle`). */
const MAX_EXTERNAL_ID = 987;

/** Milliseconds that clocks may differ, of processes that make links and relays that read them. */
const SKEW = 60_000;

/** Milliseconds that a submission may be late at most: after that its settlement is forgotten, and it is not taken on. */
export const LATEST = SETTLEMENT_LIFE;

/** One secret, two uses: neither key tells anything of the other (HKDF, RFC 5869). */
const KEY_INFO = 'parley entry link';

/** The names of flows (`flows/schema.ts`). */
const FLOW_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** Control characters, line separators and halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}]/u;

export function createEntryLinks(
  { sessionSecret, previousSessionSecret }: Pick<RelayConfig, 'sessionSecret' | 'previousSessionSecret'>,
  { clock, createId }: Pick<Ports, 'clock' | 'createId'>,
): EntryLinks {
  // On first use: some runtimes allow no asynchronous work before a request.
  let key: Promise<CryptoKey> | undefined;
  const secret = () => (key ??= deriveKey(sessionSecret()));
  let previousKey: Promise<CryptoKey> | undefined;
  const previous = previousSessionSecret && (() => (previousKey ??= deriveKey(previousSessionSecret())));
  const claims = new Map<string, Promise<boolean>>();

  return {
    async make({ site, environment, flow, cohort, campaign, external_id }, life) {
      const now = clock();
      return new EncryptJWT({ site, environment, flow, cohort, campaign, external_id })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setJti(createId())
        .setIssuedAt(Math.floor(now / 1000))
        .setExpirationTime(Math.floor((now + life) / 1000))
        .encrypt(await secret());
    },

    async read(token, { site, environment }, at) {
      const said = (await open(token, secret)) ?? (previous && (await open(token, previous)));
      if (said === undefined) return { reason: 'forged' };
      if (said.site !== site) return { reason: 'other_site' };
      if (said.environment !== environment.name) return { reason: 'other_environment' };
      const expires = said.exp * 1000;
      // So that a time which is none has expired, too.
      if (!(Math.max(at, clock() - LATEST) < expires + SKEW)) return { reason: 'expired' };
      const { jti: id, flow, cohort, campaign, external_id } = said;
      return {
        link: {
          id,
          flow,
          expires,
          ...(cohort !== undefined && { cohort }),
          ...(campaign !== undefined && { campaign }),
          ...(external_id !== undefined && { external_id }),
        },
      };
    },

    claimPersonal({ id, expires }, visitor, store) {
      const name = `entry/${id}`;
      // From here on nobody can submit with it, and what is remembered of it may go.
      const end = expires + SKEW + LATEST;
      // What one visitor asks twice at once is one claim: else the second would find the first one's half done.
      const asked = `${visitor} ${name}`;
      const claim = claims.get(asked) ?? claimOnce().finally(() => claims.delete(asked));
      claims.set(asked, claim);
      return claim;

      async function claimOnce(): Promise<boolean> {
        const now = clock();
        if (now >= end) return false;
        const first = await store.get(`${name}/visitor`);
        if (first !== undefined) return first === visitor;
        const own = await numberOf(asked);
        // Windows count from 1970: one that is as long as from there to the end does not start anew before. Who finds their own number there
        // was the first, and did not hear it.
        const counted = (await store.count(name, end, 0)) || (await store.count(name, end, own));
        if (counted !== own) {
          // The first one may have got through meanwhile, and be the same visitor at another process.
          return (await store.get(`${name}/visitor`)) === visitor;
        }
        await store.put(`${name}/visitor`, visitor, end - now, visitor);
        return true;
      }
    },
  };
}

/** What a visitor counts for at a link: no other one's, and so that the numbers of all who come at one moment add up without loss. */
async function numberOf(claim: string): Promise<number> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(claim));
  const [high = 0, low = 0] = [0, 4].map((at) => new DataView(digest).getUint32(at));
  // 40 bits, and none that a relay of before has counted: those counted by one.
  return 2 ** 40 + (high % 2 ** 8) * 2 ** 32 + low;
}

/** What is wrong with it, if anything, and what would be right. */
export function problemsOf(request: EntryLinkRequest): readonly EntryLinkProblem[] {
  const problems: EntryLinkProblem[] = [];
  const { flow, cohort, campaign, external_id: externalId } = request;
  if (!FLOW_NAME.test(flow))
    problems.push({ name: 'flow', words: 'should be the id of a flow, such as vip' });
  for (const [name, label] of Object.entries({ cohort, campaign })) {
    if (label !== undefined && !isLabel(label)) problems.push({ name, words: LABEL_WORDS });
  }
  if (externalId !== undefined && !isExternalId(externalId))
    problems.push({ name: 'external_id', words: EXTERNAL_ID_WORDS });
  const size = bytesOf(JSON.stringify(request));
  if (problems.length === 0 && size > MAX_REQUEST) {
    const words = `and the other values are ${size} bytes together; they should be ${MAX_REQUEST} at most, for longer links are cut on their way`;
    problems.push({ name: externalId === undefined ? 'cohort' : 'external_id', words });
  }
  return problems;
}

const LABEL_WORDS = `should be a label of 1 to ${MAX_LABEL} characters, without line breaks and without spaces around it`;

const EXTERNAL_ID_WORDS = `should be the id of a profile in Braze: 1 to ${MAX_EXTERNAL_ID} bytes, without line breaks and without spaces around it`;

function isLabel(text: string): boolean {
  return isPlain(text) && Array.from(text).length <= MAX_LABEL;
}

function isExternalId(text: string): boolean {
  return isPlain(text) && bytesOf(text) <= MAX_EXTERNAL_ID;
}

function isPlain(text: string): boolean {
  return text !== '' && text === text.trim() && !UNPRINTABLE.test(text);
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

async function deriveKey(secret: Uint8Array): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', new Uint8Array(secret), 'HKDF', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode(KEY_INFO) },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}

/** All that `make` writes: what lacks any of it is not of us. */
const ClaimsSchema = v.object({
  site: v.string(),
  environment: v.picklist(['sandbox', 'prod']),
  flow: v.string(),
  cohort: v.exactOptional(v.string()),
  campaign: v.exactOptional(v.string()),
  external_id: v.exactOptional(v.string()),
  jti: v.string(),
  exp: v.pipe(v.number(), v.integer()),
});

async function open(
  token: string,
  secret: () => Promise<CryptoKey>,
): Promise<v.InferOutput<typeof ClaimsSchema> | undefined> {
  try {
    if (token.length > MAX_TOKEN || !token.split('.').every(isCanonical)) return undefined;
    const { plaintext } = await compactDecrypt(token, await secret(), {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    const parsed = v.safeParse(ClaimsSchema, JSON.parse(new TextDecoder().decode(plaintext)));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** Base64url has several writings of the same bytes where the last character has bits to spare (RFC 4648, section 3.5). Ours has one. */
function isCanonical(part: string): boolean {
  return base64url.encode(base64url.decode(part)) === part;
}
