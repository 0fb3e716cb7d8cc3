import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { ImageModelV4, LanguageModelV4FilePart, LanguageModelV4Message } from '@ai-sdk/provider';
import type { LanguageModelMiddleware } from 'ai';

/**
 * Images travel inside JSON as base64. Half a megabyte of it through the JSON encoder (twice, in the
 * AI SDK), the decoder, the scan for forbidden keys and text encodings is most of what a turn costs.
 * So large images go past all that: a mark stands in their place while the SDK works on the message,
 * and the bytes are put in where the message goes out, or taken out where it comes in. What is sent is
 * what would have been sent.
 */

/** Images from this size on go past the JSON, in bytes. */
const LARGE = 16_384;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const MARK = /art-image:[0-9a-f-]{36}/;

/** For a language model that is shown images: the middleware puts in the marks, the `fetch` the images. */
export function showImagesPastJson(fetch: typeof globalThis.fetch): {
  readonly middleware: LanguageModelMiddleware;
  readonly fetch: typeof globalThis.fetch;
} {
  const waiting = new Map<string, { readonly mediaType: string; readonly bytes: Uint8Array }>();

  const markFile = (part: LanguageModelV4FilePart): LanguageModelV4FilePart => {
    const { data, mediaType } = part;
    if (data.type !== 'data' || typeof data.data === 'string' || data.data.byteLength < LARGE) return part;
    if (!/^image\/[\w.+-]+$/.test(mediaType)) return part;
    const mark = newMark();
    waiting.set(mark, { mediaType, bytes: data.data });
    return { ...part, data: { type: 'url', url: new URL(mark) } };
  };
  const markMessage = (message: LanguageModelV4Message): LanguageModelV4Message =>
    message.role === 'user'
      ? {
          ...message,
          content: message.content.map((part) => (part.type === 'file' ? markFile(part) : part)),
        }
      : message;

  return {
    middleware: {
      // Nothing tells when a stream is over, so only whole answers are asked for with marks.
      transformParams: async ({ params, type }) =>
        type === 'generate' ? { ...params, prompt: params.prompt.map(markMessage) } : params,
      async wrapGenerate({ doGenerate, params }) {
        try {
          return await doGenerate();
        } finally {
          for (const mark of marksIn(params.prompt)) waiting.delete(mark);
        }
      },
    },
    async fetch(input, init) {
      const body = init?.body;
      if (typeof body !== 'string' || waiting.size === 0) return await fetch(input, init);
      const pieces: Buffer[] = [];
      let rest = body;
      for (let found = MARK.exec(rest); found !== null; found = MARK.exec(rest)) {
        const image = waiting.get(found[0]);
        pieces.push(Buffer.from(rest.slice(0, found.index)));
        pieces.push(image === undefined ? Buffer.from(found[0]) : dataUrl(image));
        rest = rest.slice(found.index + found[0].length);
      }
      pieces.push(Buffer.from(rest));
      return await fetch(input, { ...init, body: Buffer.concat(pieces) });
    },
  };
}

/** For an image model whose answer holds base64 under `key`: the `fetch` takes the image out, `wrap` gives it back. */
export function takeImagesPastJson(
  fetch: typeof globalThis.fetch,
  key: string,
): { readonly fetch: typeof globalThis.fetch; wrap(model: ImageModelV4): ImageModelV4 } {
  // What a call took is its own, and gone with it, however it ends.
  const calls = new AsyncLocalStorage<{ taken: Map<string, Uint8Array> | undefined }>();
  return {
    async fetch(input, init) {
      const response = await fetch(input, init);
      if (!response.ok || response.body === null || !response.headers.get('content-type')?.includes('json'))
        return response;
      const answer = Buffer.from(await response.arrayBuffer());
      const place = base64Under(answer, key);
      const { status, statusText } = response;
      const headers = new Headers(response.headers);
      // They speak of the body as it was on the wire.
      headers.delete('content-length');
      headers.delete('content-encoding');
      const taken = calls.getStore()?.taken;
      if (place === undefined || taken === undefined)
        return new Response(answer, { status, statusText, headers });
      const mark = newMark();
      taken.set(mark, Buffer.from(answer.toString('latin1', place.start, place.end), 'base64'));
      const small = Buffer.concat([
        answer.subarray(0, place.start),
        Buffer.from(mark),
        answer.subarray(place.end),
      ]);
      return new Response(small, { status, statusText, headers });
    },
    wrap: (model) => ({
      specificationVersion: 'v4',
      provider: model.provider,
      modelId: model.modelId,
      maxImagesPerCall: model.maxImagesPerCall,
      async doGenerate(options) {
        const taken = new Map<string, Uint8Array>();
        const call: { taken: Map<string, Uint8Array> | undefined } = { taken };
        try {
          const result = await calls.run(call, async () => await model.doGenerate(options));
          if (!result.images.some((image) => typeof image === 'string' && taken.has(image))) return result;
          const images = result.images.map((image) =>
            typeof image === 'string' ? (taken.get(image) ?? Buffer.from(image, 'base64')) : image,
          );
          return { ...result, images };
        } finally {
          // A kept-alive connection remembers the call in which it was opened.
          call.taken = undefined;
        }
      },
    }),
  };
}

/** Where the large base64 text under a key of a JSON text is, if there is exactly one and it is plain. */
function base64Under(json: Buffer, key: string): { start: number; end: number } | undefined {
  const name = Buffer.from(`"${key}"`);
  const at = json.indexOf(name);
  if (at === -1 || json.indexOf(name, at + name.length) !== -1) return undefined;
  const opening = /^\s*:\s*"/.exec(json.toString('latin1', at + name.length, at + name.length + 64));
  if (opening === null) return undefined;
  const start = at + name.length + opening[0].length;
  const end = json.indexOf('"', start);
  if (end - start < LARGE) return undefined;
  // Whatever is no plain base64 (escapes, a data URL, an error text) is left to the JSON decoder.
  const plain =
    json.subarray(start, end).indexOf('\\') === -1 &&
    BASE64.test(json.toString('latin1', start, start + 400)) &&
    BASE64.test(json.toString('latin1', end - 400, end));
  return plain ? { start, end } : undefined;
}

function dataUrl({ mediaType, bytes }: { readonly mediaType: string; readonly bytes: Uint8Array }): Buffer {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return Buffer.from(`data:${mediaType};base64,${base64}`, 'latin1');
}

function marksIn(prompt: readonly LanguageModelV4Message[]): string[] {
  return prompt
    .flatMap((message) => (message.role === 'user' ? message.content : []))
    .flatMap((part) => (part.type === 'file' && part.data.type === 'url' ? [part.data.url.href] : []));
}

function newMark(): string {
  return `art-image:${randomUUID()}`;
}
