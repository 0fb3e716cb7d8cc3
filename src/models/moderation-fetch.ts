import { RefusalError } from './refusal.ts';

/** Polls are small; anything longer is a picture. */
const LONGEST_POLL = 64 * 1024;

/**
 * A `fetch` for services that answer polls with `Request Moderated` or `Content Moderated` (Black Forest
 * Labs, and Fireworks for the same models): their AI SDK providers know neither and poll on until they
 * give up.
 *
 * @returns a `fetch` that throws {@link RefusalError} for such an answer and passes on every other
 */
export function moderationFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const length = Number(response.headers.get('content-length') ?? 0);
    if (!response.headers.get('content-type')?.includes('json') || length > LONGEST_POLL) return response;

    const text = await response.text();
    const moderated = /"stat(?:us|e)"\s*:\s*"((?:Request|Content) Moderated)"/.exec(text);
    if (moderated?.[1] !== undefined) throw new RefusalError(moderated[1]);
    const { status, statusText, headers, url } = response;
    return Object.defineProperty(new Response(text, { status, statusText, headers }), 'url', { value: url });
  };
}
