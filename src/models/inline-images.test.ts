import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, type ModelMessage, wrapLanguageModel } from 'ai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { showImagesPastJson, takeImagesPastJson } from './inline-images.ts';

const LARGE = imageOf(50_000);
const OTHER = imageOf(40_000, 3);
const SMALL = imageOf(100);
const MARK = /art-image:[0-9a-f-]{36}/;

let server: Server;
let baseURL: string;
let answer: RequestListener;
let bodies: string[];

beforeEach(async () => {
  bodies = [];
  server = createServer(async (request, response) => {
    bodies.push(await text(request));
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  baseURL = `http://127.0.0.1:${address.port}/v1`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

/** Bytes that look like a PNG and hold every byte value. */
function imageOf(size: number, step = 1): Uint8Array {
  const bytes = Uint8Array.from({ length: size }, (_, index) => (index * step) % 256);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return bytes;
}
function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
function answering(body: string, status = 200, type = 'application/json'): RequestListener {
  return (_, response) => response.writeHead(status, { 'content-type': type }).end(body);
}

describe('showImagesPastJson', () => {
  const CHAT = JSON.stringify({ choices: [{ message: { role: 'assistant', content: 'seen' } }] });

  function provider(fetch: typeof globalThis.fetch, onBody?: (body: string) => void) {
    return createOpenAICompatible({
      name: 'test',
      baseURL,
      fetch,
      transformRequestBody: (body) => {
        onBody?.(JSON.stringify(body));
        return body;
      },
    }).languageModel('m');
  }
  function make(onBody?: (body: string) => void) {
    const images = showImagesPastJson(globalThis.fetch);
    const model = wrapLanguageModel({ model: provider(images.fetch, onBody), middleware: images.middleware });
    return { images, model };
  }
  const ask = (model: ReturnType<typeof provider>, messages: ModelMessage[], abortSignal?: AbortSignal) =>
    generateText({ model, messages, maxRetries: 0, ...(abortSignal === undefined ? {} : { abortSignal }) });
  const show = (...files: readonly (Uint8Array | string)[]): ModelMessage[] => [
    {
      role: 'user',
      content: [
        ...files.map((data) => ({ type: 'file' as const, data, mediaType: 'image/png' })),
        { type: 'text', text: 'Was ist das? "😀" art-image:00000000-0000-4000-8000-000000000000' },
      ],
    },
  ];

  it.each([
    ['a large image', show(LARGE)],
    ['two images', show(LARGE, OTHER)],
    ['the same image twice', show(LARGE, LARGE)],
    ['a small image', show(SMALL)],
    ['a large and a small image', show(SMALL, LARGE)],
    ['base64', show(base64(LARGE))],
    ['a data URL', show(`data:image/png;base64,${base64(LARGE)}`)],
    ['no image', show()],
    [
      'images in a dialogue',
      [...show(LARGE), { role: 'assistant' as const, content: 'Yes.' }, ...show(OTHER)],
    ],
  ])('sends what the plain provider sends: %s', async (_, messages) => {
    answer = answering(CHAT);
    await ask(provider(globalThis.fetch), messages);
    const { text } = await ask(make().model, messages);
    expect(text).toBe('seen');
    expect(bodies).toHaveLength(2);
    expect(JSON.parse(bodies[1] ?? '')).toEqual(JSON.parse(bodies[0] ?? ''));
  });

  it('sends each of many requests its own image', async () => {
    answer = answering(CHAT);
    const { model } = make();
    const all = Array.from({ length: 8 }, (_, index) => imageOf(20_000, 2 * index + 1));
    await Promise.all(all.map((image) => ask(model, show(image))));
    const sent = bodies.map((body) => /data:image\/png;base64,([^"]*)/.exec(body)?.[1]);
    expect(sent.toSorted()).toEqual(all.map(base64).toSorted());
  });

  it('fails as the plain provider fails', async () => {
    answer = answering('{"error":{"message":"too large"}}', 413);
    const failure = { statusCode: 413, message: 'too large' };
    await expect(ask(provider(globalThis.fetch), show(LARGE))).rejects.toMatchObject(failure);
    await expect(ask(make().model, show(LARGE))).rejects.toMatchObject(failure);
    expect(JSON.parse(bodies[1] ?? '')).toEqual(JSON.parse(bodies[0] ?? ''));
  });

  it.each(['an abort', 'a broken answer', 'a failure before anything is sent', 'an answer'])(
    'keeps no image after %s',
    async (end) => {
      const controller = new AbortController();
      let marked = '';
      const { images, model } = make((body) => {
        marked = body;
        if (end === 'a failure before anything is sent') throw new Error('no');
      });
      answer =
        end === 'an abort'
          ? () => controller.abort()
          : answering(end === 'a broken answer' ? '{"choices":[' : CHAT);
      const asked = ask(model, show(LARGE), controller.signal);
      await (end === 'an answer' ? asked : expect(asked).rejects.toThrow());
      const mark = MARK.exec(marked)?.[0];
      expect(mark).toBeDefined();

      // A mark whose image is still there would be replaced by it.
      answer = answering(CHAT);
      bodies = [];
      await images.fetch(baseURL, { method: 'POST', body: marked });
      expect(bodies).toEqual([marked]);
    },
  );

  it('leaves a stream as it is', async () => {
    const { middleware } = showImagesPastJson(globalThis.fetch);
    const model = provider(globalThis.fetch);
    const params = {
      prompt: [
        {
          role: 'user' as const,
          content: [
            { type: 'file' as const, mediaType: 'image/png', data: { type: 'data' as const, data: LARGE } },
          ],
        },
      ],
    };
    expect(await middleware.transformParams?.({ type: 'stream', params, model })).toEqual(params);
  });
});

describe('takeImagesPastJson', () => {
  function provider(fetch: typeof globalThis.fetch) {
    return createOpenAICompatible({ name: 'test', baseURL, fetch }).imageModel('m');
  }
  type Model = ReturnType<typeof provider>;
  function make() {
    const seen: string[] = [];
    const images = takeImagesPastJson(globalThis.fetch, 'b64_json');
    const model = images.wrap(
      provider(async (input, init) => {
        const response = await images.fetch(input, init);
        seen.push(await response.clone().text());
        return response;
      }),
    );
    return { model, images, seen };
  }
  async function draw(model: Pick<Model, 'doGenerate'>, abortSignal?: AbortSignal) {
    const { images } = await model.doGenerate({
      prompt: 'a cat',
      n: 1,
      size: undefined,
      aspectRatio: undefined,
      seed: undefined,
      files: undefined,
      mask: undefined,
      providerOptions: {},
      ...(abortSignal === undefined ? {} : { abortSignal }),
    });
    return images.map((image) => (typeof image === 'string' ? image : base64(image)));
  }
  const answerWith = (...images: readonly string[]) =>
    JSON.stringify({
      created: 1,
      data: images.map((b64_json) => ({ b64_json, revised_prompt: '"b64_json"' })),
    });

  it.each([
    ['a large image', answerWith(base64(LARGE)), 'past'],
    ['a large image, with spaces', `{ "data" : [ { "b64_json" :\n "${base64(LARGE)}" } ] }`, 'past'],
    ['escaped slashes', answerWith(base64(LARGE)).replaceAll('/', '\\/'), 'through'],
    ['two images', answerWith(base64(LARGE), base64(OTHER)), 'through'],
    ['a small image', answerWith(base64(SMALL)), 'through'],
    ['a data URL', answerWith(`data:image/png;base64,${base64(LARGE)}`), 'through'],
    ['no base64', answerWith('nothing '.repeat(10_000)), 'through'],
    ['no image', '{"data":[]}', 'through'],
  ])('gives what the plain provider gives: %s', async (_, body, way) => {
    answer = answering(body);
    const { model, seen } = make();
    expect(await draw(model)).toEqual(await draw(provider(globalThis.fetch)));
    expect(seen[0]?.match(MARK) === null ? 'through' : 'past').toBe(way);
    expect(JSON.parse(bodies[0] ?? '')).toEqual(JSON.parse(bodies[1] ?? ''));
  });

  it('gives each of many calls its own image', async () => {
    let count = 0;
    answer = (request, response) => {
      count++;
      answering(answerWith(base64(imageOf(20_000 + count))))(request, response);
    };
    const { model } = make();
    const sizes = (await Promise.all(Array.from({ length: 8 }, () => draw(model)))).map(
      ([image]) => Buffer.from(image ?? '', 'base64').length,
    );
    expect(sizes.toSorted()).toEqual(Array.from({ length: 8 }, (_, index) => 20_001 + index));
  });

  it('takes an answer as it is where nobody would give the image back', async () => {
    answer = answering(answerWith(base64(LARGE)));
    const { images } = make();
    expect(await (await images.fetch(baseURL)).text()).toBe(answerWith(base64(LARGE)));
  });

  it.each([
    ['an error', '{"error":{"message":"no"}}', 400, 'application/json'],
    ['an error with an image', answerWith(base64(LARGE)), 500, 'application/json'],
    ['a broken answer', answerWith(base64(LARGE)).slice(0, -3), 200, 'application/json'],
    ['an answer of another shape', `{"b64_json":"${base64(LARGE)}"}`, 200, 'application/json'],
    ['nothing', '', 204, 'application/json'],
    ['a web page', '<p>no</p>', 200, 'text/html'],
  ])('fails as the plain provider fails: %s', async (_, body, status, type) => {
    answer = answering(body, status, type);
    const failed = async (model: Pick<Model, 'doGenerate'>) =>
      await draw(model).then(
        () => 'did not fail',
        (error: Error & { readonly statusCode?: number }) => [error.name, error.statusCode],
      );
    const plain = await failed(provider(globalThis.fetch));
    expect(plain).not.toBe('did not fail');
    expect(await failed(make().model)).toEqual(plain);
  });

  it.each(['an answer of another shape', 'a broken answer', 'an abort', 'an image'])(
    'keeps no image after %s',
    async (end) => {
      const whole = answerWith(base64(LARGE));
      const controller = new AbortController();
      const { model, seen } = make();
      answer = answering(
        end === 'a broken answer'
          ? whole.slice(0, -3)
          : end === 'an answer of another shape'
            ? `{"b64_json":"${base64(LARGE)}"}`
            : whole,
      );
      if (end === 'an abort') {
        answer = (_, response) => {
          response.writeHead(200, { 'content-type': 'application/json' }).write(whole.slice(0, -3));
          setTimeout(() => controller.abort(), 20);
        };
      }
      const drawn = draw(model, controller.signal);
      await (end === 'an image' ? drawn : expect(drawn).rejects.toThrow());
      const mark = MARK.exec(seen[0] ?? '')?.[0] ?? 'art-image:00000000-0000-4000-8000-000000000000';
      if (end !== 'an abort') expect(seen[0]).toContain(mark);

      // A mark whose image is still there would be replaced by it.
      answer = answering(answerWith(mark));
      expect(await draw(model)).toEqual([mark]);
    },
  );
});
