import type { Dispatcher } from 'undici';

/** Answers that have no body by definition; `Response` refuses to be built with one. */
const BODILESS = new Set([101, 103, 204, 205, 304]);

/**
 * A `fetch` by the undici that ART brings. Node's own ends the whole process where a server names more than five content
 * encodings and the request is given up later (an `error` event that nobody hears, up to undici 7 at least).
 *
 * @param dispatcher makes the connections; default: the global one
 */
export async function createUndiciFetch(dispatcher?: Dispatcher): Promise<typeof globalThis.fetch> {
  const { fetch } = await import('undici');
  return async (input, init) => {
    const { url, method, headers, redirect, signal, body } = await inParts(input, init);
    const answer = await fetch(url, {
      method,
      headers: [...headers],
      redirect,
      signal,
      body,
      ...(dispatcher === undefined ? {} : { dispatcher }),
    });
    const { status, statusText } = answer;
    const response = new Response(BODILESS.has(status) ? null : answer.body, {
      status,
      statusText,
      headers: [...answer.headers],
    });
    // A constructed Response forgets where it came from.
    return Object.defineProperty(response, 'url', { value: answer.url });
  };
}

/** What is to be sent; a form, which belongs to Node's own fetch, as bytes. */
async function inParts(input: Parameters<typeof globalThis.fetch>[0], init: RequestInit | undefined) {
  const sent = init?.body;
  const isPlain = typeof sent === 'string' || sent instanceof Uint8Array;
  const request = new Request(input, isPlain ? { ...init, body: 'plain' } : init);
  const headers = new Headers(request.headers);
  // The type that is made up for the stand-in is not that of the bytes.
  if (isPlain && !hasType(input, init)) headers.delete('content-type');
  if (typeof sent === 'string' && !headers.has('content-type'))
    headers.set('content-type', 'text/plain;charset=UTF-8');
  const { url, method, redirect } = request;
  // The signal of a Request that nobody holds any more is deaf.
  const signal = init?.signal ?? (input instanceof Request ? input.signal : null);
  const body = isPlain ? sent : request.body === null ? null : new Uint8Array(await request.arrayBuffer());
  return { url, method, headers, redirect, signal, body };
}

function hasType(input: Parameters<typeof globalThis.fetch>[0], init: RequestInit | undefined): boolean {
  const headers = init?.headers ?? (input instanceof Request ? input.headers : undefined);
  return new Headers(headers).has('content-type');
}
