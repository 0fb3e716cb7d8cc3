import type { Dispatcher } from 'undici';
import { UsageError } from '../errors.ts';
import { rememberPassword } from './process-secrets.ts';
import type { ModelServices } from './providers.ts';
import { createPublicFetch } from './public-fetch.ts';
import { createUndiciFetch } from './undici-fetch.ts';

const PROXIES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'];

/** The engine keeps the limits. */
const NO_LIMITS = { headersTimeout: 0, bodyTimeout: 0 };

/**
 * What the making of models gets from this process.
 *
 * Node's `fetch` gives up after five minutes without an answer, and a big model on a small machine
 * draws longer than that; here the limit is `timeoutSeconds`, which the engine keeps.
 *
 * Requests go through the proxy that `HTTPS_PROXY` or `HTTP_PROXY` names (small letters win), unless
 * `NO_PROXY` names the host or it is this machine.
 *
 * @param configDir the folder that files and packages of the configuration are looked up from
 * @throws UsageError `WRONG_PROXY` where a proxy is no address
 */
export async function modelServices(configDir: string): Promise<ModelServices> {
  const { Agent, setGlobalDispatcher } = await import('undici');
  for (const proxy of PROXIES) rememberPassword(process.env[proxy]);
  const direct = new Agent(NO_LIMITS);
  const http = proxyIn('http_proxy') ?? proxyIn('HTTP_PROXY');
  const https = proxyIn('https_proxy') ?? proxyIn('HTTPS_PROXY');
  setGlobalDispatcher(http || https ? await throughProxy({ http, https }, direct) : direct);
  // What a provider does not do as asked is told through `onWarning`.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  let publicFetch: Promise<typeof globalThis.fetch> | undefined;
  return {
    env: process.env,
    fetch: await createUndiciFetch(),
    publicFetch: () => {
      publicFetch ??= createPublicFetch({ proxies: { http, https } });
      return publicFetch;
    },
    configDir,
  };
}

interface Proxies {
  /** Set to nothing where a variable is: then there is no proxy, whatever the other variable says. */
  readonly http: string | undefined;
  readonly https: string | undefined;
}

async function throughProxy({ http, https }: Proxies, direct: Dispatcher): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await import('undici');
  const proxied = new EnvHttpProxyAgent({
    ...NO_LIMITS,
    ...(http === undefined ? {} : { httpProxy: http }),
    ...(https === undefined ? {} : { httpsProxy: https }),
    // As most proxies want it: a tunnel for https:, whole addresses for http:.
    proxyTunnel: false,
  });
  // `NO_PROXY` knows no ranges of addresses, so this machine is told apart here.
  return proxied.compose(
    (dispatch) => (options, handler) =>
      isThisMachine(options.origin) ? direct.dispatch(options, handler) : dispatch(options, handler),
  );
}

function proxyIn(name: string): string | undefined {
  const value = process.env[name]?.trim();
  if (value === undefined || value === '') return value;
  // `proxy.example:3128`, as curl takes it.
  const address = value.includes('://') ? value : `http://${value}`;
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return address;
  // The value itself is not shown: it may hold a password.
  throw new UsageError({
    code: 'WRONG_PROXY',
    message: `${name} is not the address of a proxy.`,
    hint: 'Write it like http://proxy.example:3128.',
    data: { variable: name },
  });
}

function isThisMachine(origin: string | URL | undefined): boolean {
  if (origin === undefined) return false;
  return /^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(origin).hostname);
}
