import { isIP } from 'node:net';
import { isAtHost } from './image-hosts.ts';
import { ModelError } from './model-error.ts';
import { AddressNotPublic, isPublicAddress } from './public-address.ts';
import { cleanText } from './redact.ts';

/** How {@link guardedFetch} tells the provider's own addresses from those that its answers name. */
export interface GuardOptions {
  /** For the provider's own address. */
  readonly fetch: typeof globalThis.fetch;
  /** For every other one: it connects to public addresses alone. */
  readonly publicFetch: () => Promise<typeof globalThis.fetch>;
  /** The configured address. Without it, that of the first request: no answer has named one by then. */
  readonly baseURL?: string | undefined;
  /** Hosts of the configuration, e.g. `images.example.org`, `*.example.org`. */
  readonly imageHosts?: readonly string[] | undefined;
  /** The provider's own other hosts, asked by https alone. */
  readonly deliveryHosts?: readonly string[] | undefined;
  /** For messages, e.g. `target`. */
  readonly role: string;
  /** For all of an answer from another host, in milliseconds. Default: two minutes. */
  readonly timeoutMs?: number;
}

const DELIVERY_TIMEOUT_MS = 120_000;
const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** What may travel to a host that only an answer has named; any other header may be a key. */
const HARMLESS_HEADERS = ['accept', 'accept-language', 'range', 'user-agent'];

/**
 * A `fetch` for a provider that goes where the configuration says and nowhere else. What an answer or a redirect names is
 * fetched from the provider's own host, its known delivery hosts or `imageHosts`, and then only by GET, without keys, from
 * public addresses, within a time limit. A server inside of a network is its own host and port alone. Sizes are for
 * `boundedFetch`, which goes around this one.
 *
 * @returns a `fetch` that fails with {@link ModelError} `ADDRESS_REFUSED` for any other address
 */
export function guardedFetch(options: GuardOptions): typeof globalThis.fetch {
  let own = options.baseURL === undefined ? undefined : new URL(options.baseURL);

  /** Asks one address, without following it anywhere. */
  async function ask(url: URL, init: RequestInit): Promise<Response> {
    own ??= url;
    if (url.origin === own.origin || url.protocol === 'data:')
      return await options.fetch(url, { ...init, redirect: 'manual' });

    check(url, own, init);
    const limit = AbortSignal.timeout(options.timeoutMs ?? DELIVERY_TIMEOUT_MS);
    const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
    const isDelivery = isAtHost(url, options.deliveryHosts ?? []);
    const headers = isDelivery ? new Headers(init.headers) : harmless(init.headers);
    const fetch = await options.publicFetch();
    try {
      return await fetch(url, { method: init.method ?? 'GET', headers, signal, redirect: 'manual' });
    } catch (error) {
      if (error instanceof Error && error.cause instanceof AddressNotPublic) throw notPublic(url, error);
      throw error;
    }
  }

  function check(url: URL, own: URL, { method = 'GET', body }: RequestInit): void {
    const { role, imageHosts = [], deliveryHosts = [] } = options;
    const key = `${role}.imageHosts`;
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw refused(options.role, url, `${url.protocol} is not fetched`);
    if (url.username !== '' || url.password !== '')
      throw refused(options.role, url, 'an address with a password is not fetched');
    if (!['GET', 'HEAD'].includes(method.toUpperCase()) || body != null) {
      throw refused(options.role, url, 'what is sent goes to the provider itself only', {
        hint: `Set ${role}.baseURL to the address that answers, without a redirect.`,
      });
    }
    const isOwnName = url.hostname === own.hostname && url.port === '';
    const isDelivery = url.protocol === 'https:' && isAtHost(url, deliveryHosts);
    if (!isOwnName && !isDelivery && !isAtHost(url, imageHosts)) {
      const host = url.port === '' ? url.hostname : `${url.hostname}:${url.port}`;
      throw refused(options.role, url, `it is neither the provider's own host nor one of ${key}`, {
        hint: HAS_IMAGE_HOSTS.has(role)
          ? `If it is where this provider keeps its pictures, add "${cleanText(host, 100)}" to ${key}; or have pictures sent within the answer (base64).`
          : `Set ${role}.baseURL to the address that answers, without a redirect.`,
      });
    }
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(host) !== 0 && !isPublicAddress(host)) throw notPublic(url);
  }

  function notPublic(url: URL, cause?: unknown): ModelError {
    return refused(options.role, url, 'its address is not of the public internet', {
      hint: `What an answer names is never fetched from inside of a network, but from the host and port of ${options.role}.baseURL itself; have pictures sent within the answer (base64).`,
      cause,
    });
  }

  return async (input, init) => {
    const asked: RequestInit = input instanceof Request ? requestInit(input, init) : { ...init };
    let url = new URL(input instanceof Request ? input.url : input);
    for (let hops = 0; ; hops++) {
      const answer = await ask(url, asked);
      const location = answer.headers.get('location');
      if (!REDIRECTS.has(answer.status) || location === null || asked.redirect === 'manual') return answer;

      await answer.body?.cancel();
      if (asked.redirect === 'error' || hops >= MOST_REDIRECTS || !URL.canParse(location, url.href))
        throw refused(options.role, url, `it leads on to ${cleanText(location, 100)}`);
      const next = new URL(location, url);
      // As fetch does: what was to be sent is sent again only where the server says so.
      const isPost = asked.method?.toUpperCase() === 'POST';
      if (answer.status === 303 || (isPost && (answer.status === 301 || answer.status === 302))) {
        asked.method = 'GET';
        asked.body = null;
      }
      if (next.origin !== url.origin) asked.headers = harmless(asked.headers);
      url = next;
    }
  };
}

/** Whose configuration has the key. */
const HAS_IMAGE_HOSTS = new Set(['target']);

function requestInit(request: Request, init: RequestInit | undefined): RequestInit {
  const { method, headers, signal, redirect } = request;
  return { method, headers, signal, redirect, body: request.body, ...init };
}

function harmless(headers: RequestInit['headers']): Headers {
  const all = new Headers(headers);
  return new Headers(
    HARMLESS_HEADERS.flatMap((name) => (all.has(name) ? [[name, all.get(name) ?? '']] : [])),
  );
}

function refused(
  role: string,
  url: URL,
  why: string,
  more: { hint?: string; cause?: unknown } = {},
): ModelError {
  // What stands in the query of a signed address is a key.
  const shown = cleanText(
    url.protocol.startsWith('http') ? `${url.origin}${url.pathname}` : url.protocol,
    200,
  );
  return new ModelError({
    code: 'ADDRESS_REFUSED',
    message: `The answer of the ${role} names ${shown}, which is not fetched: ${why}.`,
    retryable: false,
    data: { address: shown },
    ...more,
  });
}
