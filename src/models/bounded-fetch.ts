import { ModelError } from './model-error.ts';

/** The largest answer to a chat request, in bytes. */
export const LARGEST_CHAT_ANSWER = 4 * 1024 * 1024;

/** The largest answer to an image request, in bytes: a picture of 64 megapixels in base64 fits. */
export const LARGEST_IMAGE_ANSWER = 64 * 1024 * 1024;

/** Answers that have no body by definition; `Response` refuses to be built with one. */
const BODILESS = new Set([101, 204, 205, 304]);

/**
 * A `fetch` that gives up on answers over a size, so that a broken or hostile server cannot fill the
 * memory. The body stays a stream; it fails in the middle.
 *
 * @param fetch the real one
 * @param largest the most bytes that a body may have
 * @returns a `fetch` whose call or body fails with {@link ModelError} `BAD_ANSWER` for a larger body
 */
export function boundedFetch(fetch: typeof globalThis.fetch, largest: number): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (response.body === null || BODILESS.has(response.status)) return response;

    const announced = Number(response.headers.get('content-length') ?? 0);
    if (announced > largest) {
      await response.body.cancel();
      throw tooLarge(largest, announced);
    }

    // The announced length is also the most that fetch reads, unless the body is compressed.
    if (announced > 0 && !response.headers.has('content-encoding')) return response;

    let received = 0;
    const counter = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        received += chunk.byteLength;
        if (received > largest) throw tooLarge(largest);
        controller.enqueue(chunk);
      },
    });
    const { status, statusText, headers, url } = response;
    const bounded = new Response(response.body.pipeThrough(counter), { status, statusText, headers });
    // A constructed Response forgets where it came from.
    return Object.defineProperty(bounded, 'url', { value: url });
  };
}

function tooLarge(largest: number, announced?: number): ModelError {
  const limit = `${Math.round(largest / 1024 / 1024)} MB`;
  return new ModelError({
    code: 'BAD_ANSWER',
    message: `The answer is larger than ${limit}${announced === undefined ? '' : ` (${announced} bytes)`} and was cut off.`,
    hint: 'Check that baseURL points to the right server; for language models, set maxOutputTokens.',
    data: { limit: largest, ...(announced === undefined ? {} : { announced }) },
    retryable: true,
  });
}
