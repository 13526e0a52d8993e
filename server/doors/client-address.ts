/** Who knocks, as far as addresses say it: the other end of the connection, or whom our own proxies name. */
import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.process>;

export interface ClientAddress {
  /** E.g. `203.0.113.7` or `2001:db8::1`. */
  readonly address: string;
  /**
   * What is counted as one client: an IPv4 address, or the /64 of an IPv6 address. Of those a site has at least one to itself (RFC 6177),
   * and any computer in it has all of its addresses to knock from.
   */
  readonly network: string;
}

/** @param forwardedFor the `X-Forwarded-For` of a request, of several their values by commas */
export type FindClient = (
  peer: string | undefined,
  forwardedFor: string | undefined,
) => ClientAddress | undefined;

/** What a list of proxies takes: an address, or a network such as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  return text.includes('/') ? isPlainNetwork(text) : isPlainAddress(text);
}

/**
 * Each proxy writes at the right end of `X-Forwarded-For` who has knocked at it. So the header is read from right to left, as long as
 * those who wrote it are ours; what stands further left anybody may have sent, and it changes nothing.
 * @param proxies of which `isNetwork` holds
 */
export function createFindClient(proxies: readonly string[]): FindClient {
  const networks = proxies.map((text): [Address, number] => {
    if (!text.includes('/')) return wholeOf(ipaddr.process(text));
    const [address, bits] = ipaddr.parseCIDR(text);
    return [address, bits];
  });
  const isOurs = (address: Address) =>
    networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));

  return (peer, forwardedFor) => {
    let client = addressIn(peer ?? '');
    if (client === undefined) return undefined;
    const named = networks.length > 0 && forwardedFor ? forwardedFor.split(',') : [];
    while (isOurs(client)) {
      // A proxy that names nobody, or hides them (`unknown`), is the last that is known.
      const before = addressIn(named.pop() ?? '');
      if (before === undefined) break;
      client = before;
    }
    return { address: client.toString(), network: networkOf(client) };
  };
}

/** Some proxies write the port behind it: `203.0.113.7:4711`, `[2001:db8::1]:4711`. */
const WITH_PORT = /^(?:\[(?<six>[^\]]*)\](?::\d+)?|(?<four>[\d.]+):\d+)$/;

function addressIn(text: string): Address | undefined {
  const trimmed = text.trim();
  const { six, four } = WITH_PORT.exec(trimmed)?.groups ?? {};
  const bare = six ?? four ?? trimmed;
  // An IPv4 address that came in by a socket for IPv6 (`::ffff:203.0.113.7`) is the IPv4 address.
  return isPlainAddress(bare) ? ipaddr.process(bare) : undefined;
}

/** Not what `inet_aton` takes besides: to some programs `010.0.0.1` is 8.0.0.1. */
function isPlainAddress(text: string): boolean {
  return ipaddr.IPv6.isValid(text) || ipaddr.IPv4.isValidFourPartDecimal(text);
}

function isPlainNetwork(text: string): boolean {
  return ipaddr.IPv6.isValidCIDR(text) || ipaddr.IPv4.isValidCIDRFourPartDecimal(text);
}

/** Of this machine or of a network of one's own (`ipaddr.js`, `range`): no visitor comes from there without a proxy. */
export function isInternal(address: string): boolean {
  return INTERNAL.includes(ipaddr.process(address).range());
}

const INTERNAL: readonly string[] = ['loopback', 'private', 'uniqueLocal', 'linkLocal', 'carrierGradeNat'];

function wholeOf(address: Address): [Address, number] {
  return [address, address.toByteArray().length * 8];
}

function networkOf(address: Address): string {
  const bytes = address.toByteArray();
  if (bytes.length === 4) return address.toString();
  return `${ipaddr.fromByteArray(bytes.map((byte, at) => (at < 8 ? byte : 0))).toString()}/64`;
}
