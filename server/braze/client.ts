/** Speaks to one Braze workspace over HTTP. The key is known here and nowhere else. */
import type { BrazeEnvironment, RelayConfig } from '../config.ts';
import type { Ports } from '../ports.ts';
import { VERSION } from '../version.ts';
import type { TrackBody } from './payload.ts';

/** What came back, before anyone has judged it. */
export type BrazeAnswer =
  | {
      readonly type: 'response';
      readonly status: number;
      readonly headers: Headers;
      /** The parsed JSON body, or `undefined` where it is none. */
      readonly body: unknown;
    }
  /** No answer: the network failed, or the time was up. Braze may have processed the request all the same. */
  | { readonly type: 'no_answer'; readonly reason: 'network' | 'timeout' };

export interface BrazeClient {
  /** `POST /users/track`. Never throws. */
  track(body: TrackBody): Promise<BrazeAnswer>;
}

export function createBrazeClient(
  { endpoint, key }: BrazeEnvironment,
  { organization, brazeTimeout }: Pick<RelayConfig, 'organization' | 'brazeTimeout'>,
  ports: Pick<Ports, 'fetch' | 'setTimer'>,
): BrazeClient {
  const headers = {
    // Exactly one space and no quotes: api/errors, 401.
    authorization: `Bearer ${key()}`,
    'content-type': 'application/json',
    // Required of partners since the body's `partner` is no longer supported: partners/isv_partners/api_partner.
    'user-agent': `partner-${organization}-Parley/${VERSION}`,
  };

  const post = async (path: string, body: unknown): Promise<BrazeAnswer> => {
    const aborter = new AbortController();
    const cancelTimer = ports.setTimer(() => aborter.abort(), brazeTimeout);
    try {
      const response = await ports.fetch(`${endpoint}${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        // A redirect would carry the key to another host.
        redirect: 'manual',
        signal: aborter.signal,
      });
      const text = await response.text();
      return { type: 'response', status: response.status, headers: response.headers, body: parseJson(text) };
    } catch {
      return { type: 'no_answer', reason: aborter.signal.aborted ? 'timeout' : 'network' };
    } finally {
      cancelTimer();
    }
  };

  // No trailing slash: api/errors, 403.
  return { track: (body) => post('/users/track', body) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
