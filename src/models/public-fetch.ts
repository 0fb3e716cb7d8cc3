import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { type HostAddress, publicAddressOf } from './public-address.ts';
import { createUndiciFetch } from './undici-fetch.ts';

/** What {@link createPublicFetch} can be told. */
export interface PublicFetchOptions {
  /** All addresses of a name; default: the system's. */
  readonly resolve?: (name: string) => Promise<readonly HostAddress[]>;
  /** Whether addresses inside of networks are allowed: for tests. */
  readonly allowPrivate?: boolean;
  /** The proxies to go through, which resolve names themselves. */
  readonly proxies?: { readonly http?: string | undefined; readonly https?: string | undefined } | undefined;
}

/**
 * A `fetch` that connects to addresses of the public internet alone. Names are resolved while it connects, and the addresses
 * that were checked are those that it connects to, so that a name cannot mean another one a moment later. A host that is
 * written as an address is nothing to resolve: whoever asks checks it. Redirects are for whoever asks as well.
 *
 * @returns a `fetch` that rejects with a `TypeError` whose cause is `AddressNotPublic`
 */
export async function createPublicFetch({
  resolve = (name) => lookup(name, { all: true }),
  allowPrivate = false,
  proxies,
}: PublicFetchOptions = {}): Promise<typeof globalThis.fetch> {
  const { Agent, EnvHttpProxyAgent } = await import('undici');

  const checkedLookup: LookupFunction = (host, options, done) => {
    const check = async () => {
      const found = await resolve(host);
      const { signal } = new AbortController();
      const first = await publicAddressOf(host, { signal, allowPrivate, resolve: async () => found });
      return { first, all: found.map(({ address, family }) => ({ address, family })) };
    };
    check().then(
      ({ first, all }) => (options.all === true ? done(null, all) : done(null, first.address, first.family)),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), '', 0),
    );
  };
  const limits = { headersTimeout: 0, bodyTimeout: 0, connect: { lookup: checkedLookup } };
  const { http, https } = proxies ?? {};
  const dispatcher =
    http || https
      ? new EnvHttpProxyAgent({
          ...limits,
          ...(http === undefined ? {} : { httpProxy: http }),
          ...(https === undefined ? {} : { httpsProxy: https }),
          proxyTunnel: false,
        })
      : new Agent(limits);

  return await createUndiciFetch(dispatcher);
}
