import { lookup } from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP } from 'node:net';
import { ArtError, messageOf } from '../errors.ts';

/** How much a fetch may take. */
export interface FetchLimits {
  readonly mostBytes: number;
  readonly timeoutMs: number;
  /** Redirects that are followed. */
  readonly redirects: number;
  /** Whether addresses inside of networks are allowed: for tests and intranets. */
  readonly allowPrivate: boolean;
  readonly signal?: AbortSignal;
}

/** Addresses that are not of the public internet. Source: IANA's registries of special-purpose addresses. */
const SPECIAL = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  SPECIAL.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  SPECIAL.addSubnet(network, prefix, 'ipv6');

/** Whether an IP address is of the public internet. IPv4 addresses in IPv6 clothes are judged by what they are. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !SPECIAL.check(address, 'ipv4');
  // BlockList looks at a mapped address (::ffff:a.b.c.d) as the IPv4 address that it is.
  return family === 6 && !SPECIAL.check(address, 'ipv6') && !/^::ffff:/i.test(address);
}

/** Why a fetch gave nothing. */
export class FetchFailed extends ArtError {
  override readonly name = 'FetchFailed';
}

/**
 * Fetches what an address holds. Names are resolved here and the connection goes to the address that was checked, so that a
 * name cannot mean another one a moment later; each redirect is checked again.
 *
 * @throws {@link FetchFailed} for an address that is not http(s) or not public, an answer other than 200, too
 *   many bytes, too long a time
 */
export async function fetchPublic(address: string, limits: FetchLimits): Promise<Uint8Array> {
  const deadline = AbortSignal.timeout(limits.timeoutMs);
  const signal = limits.signal === undefined ? deadline : AbortSignal.any([limits.signal, deadline]);
  let url = parseAddress(address);
  for (let redirects = 0; ; redirects++) {
    const answer = await get(url, { ...limits, signal });
    if (answer.kind === 'bytes') return answer.bytes;
    if (redirects >= limits.redirects) throw failed(address, `more than ${limits.redirects} redirects`);
    url = parseAddress(answer.location, url);
  }
}

function parseAddress(address: string, base?: URL): URL {
  const url = URL.canParse(address, base?.href) ? new URL(address, base) : undefined;
  if (url === undefined) throw failed(address, 'it is no address');
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw failed(address, `${url.protocol} is not fetched`);
  if (url.username !== '' || url.password !== '')
    throw failed(url.host, 'an address with a password is not fetched');
  return url;
}

type Answer =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'redirect'; readonly location: string };

async function get(url: URL, limits: FetchLimits & { readonly signal: AbortSignal }): Promise<Answer> {
  const checked = await resolveChecked(url, limits);
  return await new Promise<Answer>((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http;
    const asking = request(
      url,
      {
        signal: limits.signal,
        agent: false,
        headers: { accept: 'image/*,*/*;q=0.5', 'user-agent': 'art' },
        lookup: (_host, options, done) =>
          options.all === true ? done(null, [checked]) : done(null, checked.address, checked.family),
      },
      (response) => {
        const { statusCode = 0, headers } = response;
        if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
          response.destroy();
          resolve({ kind: 'redirect', location: headers.location });
          return;
        }
        if (statusCode !== 200) {
          response.destroy();
          reject(failed(url.href, `the server answered ${statusCode}`));
          return;
        }
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > limits.mostBytes) {
            // Told first: what is cut off here is not what broke off.
            reject(failed(url.href, `it holds more than ${limits.mostBytes} bytes`));
            response.destroy();
          } else chunks.push(chunk);
        });
        response.on('end', () => resolve({ kind: 'bytes', bytes: Buffer.concat(chunks) }));
        response.on('aborted', () => reject(failed(url.href, 'the answer broke off')));
        response.on('error', (error) => reject(failed(url.href, messageOf(error), error)));
      },
    );
    asking.on('error', (error) =>
      reject(
        limits.signal.aborted
          ? failed(url.href, 'it took too long', error)
          : failed(url.href, messageOf(error), error),
      ),
    );
    asking.end();
  });
}

async function resolveChecked(
  url: URL,
  { allowPrivate }: FetchLimits,
): Promise<{ readonly address: string; readonly family: number }> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const literal = isIP(host);
  let found: readonly { readonly address: string; readonly family: number }[];
  try {
    found = literal === 0 ? await lookup(host, { all: true }) : [{ address: host, family: literal }];
  } catch (error) {
    throw failed(url.href, messageOf(error), error);
  }
  const [first] = found;
  if (first === undefined) throw failed(url.href, 'its name has no address');
  // A name with one address inside and one outside is a trap.
  if (!allowPrivate && !found.every(({ address }) => isPublicAddress(address)))
    throw failed(url.href, 'its address is not of the public internet');
  return first;
}

function failed(address: string, problem: string, cause?: unknown): FetchFailed {
  return new FetchFailed({
    code: 'FETCH_FAILED',
    message: `${address.slice(0, 200)}: ${problem}`,
    hint: 'Run the command again to try what failed once more.',
    data: { address: address.slice(0, 200), problem },
    cause,
  });
}
