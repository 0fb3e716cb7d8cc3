import http from 'node:http';
import https from 'node:https';
import { ArtError, messageOf } from '../errors.ts';
import { AddressNotPublic, type HostAddress, lookupOf, publicAddressOf } from '../models/public-address.ts';
import { cleanText } from '../models/redact.ts';

/** How much a fetch may take. */
export interface FetchLimits {
  readonly mostBytes: number;
  /** For all of it: names, redirects, bytes. */
  readonly timeoutMs: number;
  /** Redirects that are followed. */
  readonly redirects: number;
  /** Whether addresses inside of networks are allowed: for tests and intranets. */
  readonly allowPrivate: boolean;
  readonly signal?: AbortSignal;
  /** All addresses of a name; default: the system's. */
  readonly resolve?: (name: string) => Promise<readonly HostAddress[]>;
  /** The variable that names a proxy, which is not asked; for the message where no connection comes about. */
  readonly proxyVariable?: string | undefined;
}

/** Why a fetch gave nothing. */
export class FetchFailed extends ArtError {
  override readonly name = 'FetchFailed';
  /** What was asked in the end, behind redirects; as {@link shownAddress} gives it. */
  readonly address: string;
  /** What went wrong, without the address. */
  readonly problem: string;

  constructor(address: string, problem: string, cause?: unknown) {
    const shown = shownAddress(address);
    super({
      code: 'FETCH_FAILED',
      message: `${shown}: ${problem}`,
      hint: 'Run the command again to try what failed once more.',
      data: { address: shown, problem },
      cause,
    });
    this.address = shown;
    this.problem = problem;
  }
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
    if (redirects >= limits.redirects)
      throw new FetchFailed(address, `more than ${limits.redirects} redirects`);
    url = parseAddress(answer.location, url);
  }
}

function parseAddress(address: string, base?: URL): URL {
  const url = URL.canParse(address, base?.href) ? new URL(address, base) : undefined;
  if (url === undefined) throw new FetchFailed(address, 'it is no address');
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new FetchFailed(address, `${url.protocol} is not fetched`);
  if (url.username !== '' || url.password !== '')
    throw new FetchFailed(url.href, 'an address with a password is not fetched');
  return url;
}

type Answer =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'redirect'; readonly location: string };

async function get(url: URL, limits: FetchLimits & { readonly signal: AbortSignal }): Promise<Answer> {
  const checked = await addressOf(url, limits);
  return await new Promise<Answer>((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http;
    const asking = request(
      url,
      {
        signal: limits.signal,
        // An agent of its own: the common one may go through a proxy, which would resolve the name itself.
        agent: false,
        headers: { accept: 'image/*,*/*;q=0.5', 'user-agent': 'art' },
        lookup: lookupOf(checked),
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
          reject(new FetchFailed(url.href, `the server answered ${statusCode}`));
          return;
        }
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > limits.mostBytes) {
            // Told first: what is cut off here is not what broke off.
            reject(new FetchFailed(url.href, `it holds more than ${limits.mostBytes} bytes`));
            response.destroy();
          } else chunks.push(chunk);
        });
        response.on('end', () => resolve({ kind: 'bytes', bytes: Buffer.concat(chunks) }));
        response.on('aborted', () => reject(new FetchFailed(url.href, 'the answer broke off')));
        response.on('error', (error) => reject(new FetchFailed(url.href, messageOf(error), error)));
      },
    );
    asking.on('error', (error) => reject(notReached(url, limits, error)));
    asking.end();
  });
}

async function addressOf(
  url: URL,
  limits: FetchLimits & { readonly signal: AbortSignal },
): Promise<HostAddress> {
  try {
    return await publicAddressOf(url.hostname, limits);
  } catch (error) {
    throw error instanceof AddressNotPublic
      ? new FetchFailed(url.href, 'its address is not of the public internet', error)
      : notReached(url, limits, error);
  }
}

function notReached(
  url: URL,
  { signal, proxyVariable }: FetchLimits & { readonly signal: AbortSignal },
  error: unknown,
): FetchFailed {
  const problem = signal.aborted ? 'it took too long' : messageOf(error);
  const proxy =
    proxyVariable === undefined
      ? ''
      : ` (asked directly: the proxy of ${proxyVariable} resolves names itself, so its addresses cannot be checked)`;
  return new FetchFailed(url.href, `${problem}${proxy}`, error);
}

/** An address as it may be written down: what stands in its query may be a key, and so may what stands before its host. */
export function shownAddress(address: string): string {
  if (!URL.canParse(address)) return cleanText(address, LONGEST_SHOWN);
  const url = new URL(address);
  url.username = '';
  url.password = '';
  url.hash = '';
  url.search = url.search.replace(/(?<==)[^&]*|(?<=[?&])[^=&]+(?=&|$)/g, '[redacted]');
  return cleanText(url.href, LONGEST_SHOWN);
}

const LONGEST_SHOWN = 200;
