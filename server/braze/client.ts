/** Speaks to one Braze workspace over HTTP. The key is known here and nowhere else. */
import type { BrazeEnvironment, RelayConfig } from '../config.ts';
import type { Ports } from '../ports.ts';
import { createRedaction } from '../redaction.ts';
import type { Json } from '../store/json.ts';
import { VERSION } from '../version.ts';
import { isUnsent } from './connecting.ts';
import type { DeleteBody, ExportBody } from './erasure.ts';
import { callOfJoin, joinBodyOf } from './join-request.ts';
import type { ProfileId, TrackBody } from './payload.ts';

/** What came back, before anyone has judged it. */
export type BrazeAnswer =
  | {
      readonly type: 'response';
      readonly status: number;
      readonly headers: Headers;
      /** The parsed JSON body, or `undefined` where it is none, is too long, or broke off. */
      readonly body: unknown;
      /** It is longer than is read: less asked for at a time may fit. */
      readonly isTooLong?: true;
    }
  | {
      readonly type: 'no_answer';
      /** `unsent`: there was no connection. Else Braze may have processed the request all the same. */
      readonly reason: 'unsent' | 'network' | 'timeout';
    }
  /** It was not asked: what may leave has left (`upkeep-exports.ts`). */
  | {
      readonly type: 'no_answer';
      readonly reason: 'budget';
      /** Seconds. */
      readonly retryAfter: number;
    };

export interface BrazeClient {
  /** `POST /users/track`. Never rejects. @param body also as JSON that has been written already */
  track(body: TrackBody | string): Promise<BrazeAnswer>;
  /**
   * Makes the profile of a visitor's alias one with that of a person: `POST /users/identify`, where an external_id that is not known is put
   * on it; or with that of an e-mail address: `POST /users/merge`, where of several it is the one that changed last. Both do nothing where it is done already. Never rejects.
   */
  join(visitor: string, join: ProfileId): Promise<BrazeAnswer>;
  /** `POST /<name>`, of those that the registry of actions knows. Never rejects. */
  call(name: string, body: Json): Promise<BrazeAnswer>;
  /** `POST /users/export/ids`. Never rejects. */
  exportIds(body: ExportBody): Promise<BrazeAnswer>;
  /** `POST /users/delete`. Never rejects. */
  deleteUsers(body: DeleteBody): Promise<BrazeAnswer>;
}

/**
 * Bytes of an answer that are read. The longest has an error for each of 75 objects, or of 225 under old contracts: some tens of
 * kilobytes.
 */
const MAX_ANSWER_BYTES = 1_000_000;

/**
 * The same of an export. A profile has as many attributes as the brand likes, of up to 100 kB each (`nested_custom_attribute_support`): of 50
 * profiles this is 160 kB each, which takes some 50 ms to parse. Of more, fewer are asked for at a time.
 */
const MAX_EXPORT_BYTES = 8_000_000;

export function createBrazeClient(
  { endpoint, key }: Pick<BrazeEnvironment, 'endpoint' | 'key'>,
  { organization, brazeTimeout }: Pick<RelayConfig, 'organization' | 'brazeTimeout'>,
  ports: Pick<Ports, 'fetch' | 'setTimer'>,
): BrazeClient {
  const post = async (path: string, body: string, most = MAX_ANSWER_BYTES): Promise<BrazeAnswer> => {
    // Asked for each time, for a key may be replaced.
    const used = key();
    // Braze's words are kept with a dead letter, and whatever answers in Braze's place may repeat the key.
    const redact = createRedaction(() => [used]);
    const aborter = new AbortController();
    const cancelTimer = ports.setTimer(() => aborter.abort(), brazeTimeout);
    try {
      const response = await ports.fetch(`${endpoint}${path}`, {
        method: 'POST',
        headers: {
          // Exactly one space and no quotes: api/errors, 401.
          authorization: `Bearer ${used}`,
          'content-type': 'application/json',
          // Required of partners since the body's `partner` is no longer supported: partners/isv_partners/api_partner.
          'user-agent': `partner-${organization}-Parley/${VERSION}`,
        },
        body,
        // A redirect would carry the key to another host.
        redirect: 'manual',
        signal: aborter.signal,
      });
      const { status, headers } = response;
      return { type: 'response', status, headers, ...(await readJson(response, redact, most)) };
    } catch (error) {
      if (isUnsent(error)) return { type: 'no_answer', reason: 'unsent' };
      return { type: 'no_answer', reason: aborter.signal.aborted ? 'timeout' : 'network' };
    } finally {
      cancelTimer();
    }
  };

  return {
    // No trailing slash: api/errors, 403.
    track: (body) => post('/users/track', typeof body === 'string' ? body : JSON.stringify(body)),
    join: (visitor, join) => post(`/${callOfJoin(join)}`, JSON.stringify(joinBodyOf(visitor, join))),
    exportIds: (body) => post('/users/export/ids', JSON.stringify(body), MAX_EXPORT_BYTES),
    call: (name, body) => post(`/${name}`, JSON.stringify(body)),
    deleteUsers: (body) => post('/users/delete', JSON.stringify(body)),
  };
}

/** The status is Braze's word already: a body that cannot be read makes the answer no other. */
async function readJson(
  { body }: Response,
  redact: (text: string) => string,
  most: number,
): Promise<{ readonly body: unknown; readonly isTooLong?: true }> {
  if (!body) return { body: undefined };
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { body: JSON.parse(redact(text + decoder.decode())) };
      length += value.byteLength;
      if (length > most) {
        await reader.cancel();
        return { body: undefined, isTooLong: true };
      }
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    return { body: undefined };
  }
}
