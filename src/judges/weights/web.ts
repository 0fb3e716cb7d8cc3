import type { Sleep } from './attempts.ts';
import { type Asking, badAnswer, failureOfNetwork } from './failures.ts';
import { isLoopback } from './names.ts';

/** The network and the clock. */
export interface Web {
  readonly fetch: typeof globalThis.fetch;
  readonly sleep: Sleep;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How long a server may say nothing. */
  readonly stallMs: number;
}

/** A request for weights. */
export interface WebRequest {
  readonly url: URL;
  readonly method: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent to the origin of `url` alone, never to where it redirects. */
  readonly token?: string | undefined;
  readonly signal: AbortSignal;
  readonly asking: Asking;
  /** Ends the walk at a redirect that says enough. */
  readonly stopAt?: (redirect: Response) => boolean;
}

/** The last answer, and where it came from. */
export interface WebAnswer {
  readonly response: Response;
  readonly url: URL;
  /** Headers of the answers on the way, the last one's included. */
  readonly headers: readonly Headers[];
}

const MOST_REDIRECTS = 5;

/**
 * Sends a request and follows redirects by hand: the token stays with the host that it is for.
 *
 * @throws WeightsError `HUB_BAD_ANSWER` for redirects in circles or into the open; a Setback or
 *   WeightsError where the network fails
 */
export async function ask(web: Pick<Web, 'fetch'>, request: WebRequest): Promise<WebAnswer> {
  const { method, token, signal, asking, stopAt } = request;
  const headers: Headers[] = [];
  for (let url = request.url; ; ) {
    const own = token !== undefined && url.origin === request.url.origin;
    const response = await send(
      web,
      url,
      {
        method,
        redirect: 'manual',
        signal,
        headers: {
          // Ranges and sizes are of the file, not of a compressed form.
          'accept-encoding': 'identity',
          'user-agent': 'art',
          ...request.headers,
          ...(own ? { authorization: `Bearer ${token}` } : {}),
        },
      },
      asking,
    );
    headers.push(response.headers);
    const location =
      response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
    if (location === null || stopAt?.(response) === true) return { response, url, headers };
    await response.body?.cancel();
    if (headers.length > MOST_REDIRECTS) throw badAnswer('redirects again and again', url, asking);
    url = nextOf(location, url, asking);
  }
}

async function send(web: Pick<Web, 'fetch'>, url: URL, init: RequestInit, asking: Asking): Promise<Response> {
  try {
    return await web.fetch(url, init);
  } catch (error) {
    throw failureOfNetwork(error, url, asking);
  }
}

function nextOf(location: string, from: URL, asking: Asking): URL {
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (
    next === undefined ||
    !/^https?:$/.test(next.protocol) ||
    next.username !== '' ||
    next.password !== ''
  ) {
    throw badAnswer('redirects to something that is no address', from, asking);
  }
  if (from.protocol === 'https:' && next.protocol === 'http:' && !isLoopback(next)) {
    throw badAnswer(`redirects to ${next.host} without encryption`, from, asking);
  }
  return next;
}

/** Cuts a request off when nothing has come for a while. */
export interface Watchdog {
  readonly signal: AbortSignal;
  /** Something has come. */
  feed(): void;
  stop(): void;
}

/** Starts a watchdog: Node's `fetch` as ART sets it up waits for ever. */
export function startWatchdog(stallMs: number): Watchdog {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new Error(`nothing has come for ${stallMs / 1000} s`)),
    stallMs,
  );
  return {
    signal: controller.signal,
    feed: () => timer.refresh(),
    stop: () => clearTimeout(timer),
  };
}
