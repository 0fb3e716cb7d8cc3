import { lookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { ArtError } from '../errors.ts';

/**
 * IPv4 that is not of the public internet: all of IANA's registry of special-purpose addresses, multicast, and what is
 * reserved. Source: RFC 6890 and the registry as of 2025.
 */
const SPECIAL_IPV4 = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  SPECIAL_IPV4.addSubnet(network, prefix, 'ipv4');

/**
 * The one block of IPv6 that is handed out to the public internet. What is outside is refused without being listed: loopback,
 * IPv4 in IPv6 clothes (`::ffff:0:0/96`, `64:ff9b::/96`, `64:ff9b:1::/48`), `100::/64`, `5f00::/16`, `fc00::/7`, `fe80::/10`,
 * `fec0::/10`, multicast, and what is given a meaning tomorrow.
 */
const GLOBAL_IPV6 = new BlockList();
GLOBAL_IPV6.addSubnet('2000::', 3, 'ipv6');

/** IANA's special-purpose addresses within that block: Teredo, ORCHID, documentation, 6to4, AS112. */
const SPECIAL_IPV6 = new BlockList();
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
] as const)
  SPECIAL_IPV6.addSubnet(network, prefix, 'ipv6');

/**
 * Whether an IP address is of the public internet. Addresses that hold another one (mapped, NAT64, 6to4, Teredo) are not, whatever
 * they hold, nor are those with a zone (`fe80::1%eth0`).
 *
 * @param address IPv4 or IPv6, as the system's resolver writes it; anything else is not public
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !SPECIAL_IPV4.check(address, 'ipv4');
  return (
    family === 6 &&
    !address.includes('%') &&
    GLOBAL_IPV6.check(address, 'ipv6') &&
    !SPECIAL_IPV6.check(address, 'ipv6')
  );
}

/** A host's address, as resolvers give it. */
export interface HostAddress {
  readonly address: string;
  readonly family: number;
}

/** How a host's address is found and whether it may be inside of a network. */
export interface ResolveOptions {
  /** Ends the waiting; resolving itself cannot be stopped. */
  readonly signal: AbortSignal;
  /** Whether addresses inside of networks are allowed: for tests and intranets. */
  readonly allowPrivate?: boolean;
  /** All addresses of a name; default: the system's. */
  readonly resolve?: (name: string) => Promise<readonly HostAddress[]>;
}

/** A host is not on the public internet, and what is outside has no business to send us there. */
export class AddressNotPublic extends ArtError {
  override readonly name = 'AddressNotPublic';
}

/**
 * Finds the address of a URL's host and checks it. A name with one address inside and one outside is a trap and refused.
 * Connect to what this gives back ({@link lookupOf}), not to the name: it may mean another address a moment later. Check
 * each redirect again, and ask no proxy: it resolves the name itself.
 *
 * @param hostname as `URL` has it: a name, IPv4, or IPv6 in brackets
 * @throws {@link AddressNotPublic}; what the resolver throws; the signal's reason
 */
export async function publicAddressOf(
  hostname: string,
  { signal, allowPrivate = false, resolve = (name) => lookup(name, { all: true }) }: ResolveOptions,
): Promise<HostAddress> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(host);
  const found = family === 0 ? await beforeAbort(resolve(host), signal) : [{ address: host, family }];
  const [first] = found;
  if (first === undefined || !(allowPrivate || found.every(({ address }) => isPublicAddress(address)))) {
    throw new AddressNotPublic({
      code: 'ADDRESS_NOT_PUBLIC',
      message:
        first === undefined
          ? `${host} has no address.`
          : `The address of ${host} is not of the public internet.`,
      hint: 'Addresses inside of networks are not asked for what somebody else names.',
      data: { host },
    });
  }
  return first;
}

/** A `lookup` for `http.request`, `net.connect` and undici's `connect` that knows this address alone. */
export function lookupOf({ address, family }: HostAddress): LookupFunction {
  return (_host, options, done) =>
    options.all === true ? done(null, [{ address, family }]) : done(null, address, family);
}

async function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  // One that has been aborted already fires no more.
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
