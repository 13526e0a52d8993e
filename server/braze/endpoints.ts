/** Where Braze's REST API is. */

/**
 * The REST hosts of Braze's instances (`api/basics#endpoints`). The key is sent to nothing else: a mistyped or hostile endpoint
 * is refused when the relay starts.
 */
const REST_HOSTS: readonly string[] = [
  ...['01', '02', '03', '04', '05', '06', '07', '08'].map((number) => `rest.iad-${number}.braze.com`),
  'rest.us-10.braze.com',
  'rest.fra-01.braze.eu',
  'rest.fra-02.braze.eu',
  'rest.au-01.braze.com',
  'rest.id-01.braze.com',
  'rest.jp-01.braze.com',
  'rest.kr-01.braze.com',
];

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

export type EndpointCheck = { readonly endpoint: string } | { readonly problem: string };

/**
 * The endpoint without a trailing slash (`https://rest.iad-01.braze.com`), or what is wrong with it.
 * @param isDevelopment allows a loopback host, for the emulator
 */
export function checkEndpoint(value: string, isDevelopment: boolean): EndpointCheck {
  const example = `one of Braze's REST endpoints, such as https://${REST_HOSTS[0] ?? ''}`;
  // What cannot be read is not repeated: it may be a key that stands in the wrong place.
  if (!URL.canParse(value)) return { problem: `is no URL; it should be ${example}` };
  const { protocol, host, hostname, pathname, search, hash, username, password, origin } = new URL(value);
  if (pathname !== '/' || search || hash || username || password) {
    return { problem: `"${host}" should stand alone, without path, query or user; it should be ${example}` };
  }
  if (LOOPBACK.includes(hostname) && /^https?:$/.test(protocol)) {
    return isDevelopment
      ? { endpoint: origin }
      : { problem: `"${origin}" is this machine; that is allowed only with PARLEY_DEVELOPMENT=1` };
  }
  if (protocol !== 'https:' || !REST_HOSTS.includes(host)) {
    return { problem: `"${origin}" is not a REST endpoint of Braze; it should be ${example}` };
  }
  return { endpoint: origin };
}
