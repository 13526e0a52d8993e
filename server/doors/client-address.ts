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
  /** The networks of IPv6 around it, of which a site may have one to itself. Of an IPv4 address there are none. */
  readonly around: readonly WiderNetwork[];
  /** Whether it says that it comes for somebody else, and is not one of ours. */
  readonly isForwarding: boolean;
}

export interface WiderNetwork {
  /** E.g. `2001:db8:1::/48`. */
  readonly network: string;
  /** For how many clients it counts. */
  readonly clients: number;
}

/** @param forwardedFor the `X-Forwarded-For` of a request, of several their values by commas */
export type FindClient = (
  peer: string | undefined,
  forwardedFor: string | undefined,
) => ClientAddress | undefined;

/**
 * Bits that a network of proxies has at the least. With fewer it is no one's own: 10.0.0.0/8 is the largest private network of IPv4 (RFC 1918),
 * and no registry has given out more of IPv6 than some /16. In a wider one visitors stand too, and could write who they are.
 */
const FEWEST_BITS = { ipv4: 8, ipv6: 16 } as const;

/** Of IPv6 what 10.0.0.0/8 is of IPv4: nobody comes from there but who stands beside the relay (RFC 4193, section 3.1; RFC 4291, section 2.5.6). */
const OWN_NETWORKS = ['fc00::/7', 'fe80::/10'].map((text) => ipaddr.IPv6.parseCIDR(text));

/** All addresses of IPv4, as IPv6 writes them: a network with these in it would hold for none of them, which are looked at as IPv4. */
const [ALL_MAPPED] = ipaddr.IPv6.parseCIDR('::ffff:0:0/96');

/** What a list of proxies takes: an address, or a network such as `10.0.0.0/8` that is not too wide to be anybody's. */
export function isNetwork(text: string): boolean {
  if (!text.includes('/')) return isPlainAddress(text);
  if (!isPlainNetwork(text)) return false;
  const [address, bits] = networkIn(text);
  if (address.kind() === 'ipv4') return bits >= FEWEST_BITS.ipv4;
  if (ALL_MAPPED.match(address, bits)) return false;
  const isOwn = OWN_NETWORKS.some(([own, ownBits]) => bits >= ownBits && address.match(own, ownBits));
  return isOwn || bits >= FEWEST_BITS.ipv6;
}

/**
 * Each proxy writes at the right end of `X-Forwarded-For` who has knocked at it. So the header is read from right to left, as long as
 * those who wrote it are ours; what stands further left anybody may have sent, and it changes nothing.
 * @param proxies of which `isNetwork` holds
 */
export function createFindClient(proxies: readonly string[]): FindClient {
  const networks = proxies.map(networkIn);
  const isOurs = (address: Address) =>
    networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));

  return (peer, forwardedFor) => {
    let client = addressIn(peer ?? '');
    if (client === undefined) return undefined;
    const named = forwardedFor ? forwardedFor.split(',') : [];
    while (isOurs(client)) {
      // A proxy that names nobody, or hides them (`unknown`), is the last that is known.
      const before = addressIn(named.pop() ?? '');
      if (before === undefined) break;
      client = before;
    }
    return {
      address: client.toString(),
      network: networkOf(client),
      around: aroundOf(client),
      isForwarding: named.length > 0 && !isOurs(client),
    };
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

/** @param text an address or a network. Of IPv4 addresses as IPv6 writes them it is one of IPv4, as each of those addresses is */
function networkIn(text: string): [Address, number] {
  if (!text.includes('/')) {
    const address = ipaddr.process(text);
    return [address, address.toByteArray().length * 8];
  }
  const [address, bits] = ipaddr.parseCIDR(text);
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS;
  return isMapped ? [address.toIPv4Address(), bits - MAPPED_BITS] : [address, bits];
}

/** Those before the IPv4 address in an IPv6 one: `::ffff:0:0/96` (RFC 4291, section 2.5.5.2). */
const MAPPED_BITS = 96;

/**
 * What a site gets (RFC 6177, section 2; RIPE-690, section 4.2): a home mostly a /56, which is 256 times a /64, and a business or the customer of a
 * host a /48, which is 256 times that. But a carrier gives each of its mobile customers a /64 (RIPE-690, section 4.2.4), and many of them share
 * the wider network as they share an IPv4 address. So each counts for four times as many as the one in it: enough for those, and a 64th of what the
 * /64s in it would come to.
 */
const AROUND = [
  { bits: 56, clients: 4 },
  { bits: 48, clients: 16 },
] as const;

function networkOf(address: Address): string {
  return address.kind() === 'ipv4' ? address.toString() : firstBits(address, 64);
}

function aroundOf(address: Address): readonly WiderNetwork[] {
  if (address.kind() === 'ipv4') return [];
  return AROUND.map(({ bits, clients }) => ({ network: firstBits(address, bits), clients }));
}

/** @param bits whole bytes */
function firstBits(address: Address, bits: number): string {
  const bytes = address.toByteArray().map((byte, at) => (at < bits / 8 ? byte : 0));
  return `${ipaddr.fromByteArray(bytes).toString()}/${bits}`;
}
