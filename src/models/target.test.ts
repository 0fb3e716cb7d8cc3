import type { ImageModelV4, ImageModelV4Result } from '@ai-sdk/provider';
import sharp from 'sharp';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAutomatic1111Server } from '../../test/servers/automatic1111-server.ts';
import { alwaysFault, type Fault } from '../../test/servers/faults.ts';
import type { Answer, RunningServer } from '../../test/servers/http-server.ts';
import { openaiError, startOpenaiServer } from '../../test/servers/openai-server.ts';
import { ArtError } from '../errors.ts';
import { contentHash } from '../judges/picture.ts';
import { moderationFetch } from './moderation-fetch.ts';
import { createImageModel } from './providers.ts';
import { createTarget, type TargetOptions } from './target.ts';
import { type Call, callDirectly, type Target } from './types.ts';

let png: Buffer;
let black: Buffer;
beforeAll(async () => {
  const pixels = Buffer.from(Array.from({ length: 64 * 48 * 3 }, (_, i) => (i * 31) & 255));
  png = await sharp(pixels, { raw: { width: 64, height: 48, channels: 3 } })
    .png()
    .toBuffer();
  black = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#000' } })
    .png()
    .toBuffer();
});
const servers: RunningServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const request = { prompt: 'a red kite', seed: 42 };
type Options = Partial<Omit<TargetOptions, 'model' | 'config'>> & {
  config?: Partial<TargetOptions['config']>;
  faults?: Fault;
};

/** A target behind a real server of the OpenAI kind. */
async function openai(
  image: () => Uint8Array | Answer,
  { config, faults, ...options }: Options = {},
): Promise<Target> {
  const server = await startOpenaiServer({ image, ...(faults ? { faults: alwaysFault(faults) } : {}) });
  servers.push(server);
  const all = { provider: 'openai-compatible', baseURL: `${server.url}/v1`, model: 'flux', ...config };
  const model = await createImageModel(all, { env: {}, fetch, configDir: '/' });
  return createTarget({ model, config: all, call: callDirectly, ...options });
}

/** A target whose model answers without a server. */
function fake(result: Partial<ImageModelV4Result>, options: Options = {}, seen: unknown[] = []): Target {
  const model: ImageModelV4 = {
    specificationVersion: 'v4',
    provider: 'fake',
    modelId: 'fake',
    maxImagesPerCall: 1,
    doGenerate: async (call) => {
      seen.push(call);
      return {
        images: [png],
        warnings: [],
        response: { timestamp: new Date(0), modelId: 'fake', headers: {} },
        ...result,
      };
    },
  };
  const { config, ...others } = options;
  return createTarget({ model, call: callDirectly, ...others, config: { provider: 'sandbox', ...config } });
}

describe('a drawing', () => {
  it('is the bytes as they came, with what they are', async () => {
    const target = await openai(() => png);
    const drawing = await target.draw(request);
    expect(drawing).toEqual({
      outcome: 'drawn',
      bytes: png,
      hash: contentHash(png),
      mediaType: 'image/png',
      width: 64,
      height: 48,
    });
  });

  it('asks for what the request says, else for what the configuration says', async () => {
    const seen: unknown[] = [];
    const config = {
      size: '640x384',
      guidance: 7.5,
      steps: 50,
      negativePrompt: 'blurry',
      sampler: 'Euler',
    } as const;
    const target = fake({}, { config }, seen);
    await target.draw({ ...request, guidance: 2, size: { width: 64, height: 48 } });
    expect(seen[0]).toMatchObject({
      prompt: 'a red kite',
      n: 1,
      size: '64x48',
      seed: 42,
      providerOptions: { sandbox: { guidance: 2, steps: 50, negativePrompt: 'blurry', sampler: 'Euler' } },
    });
  });

  it.each([
    [
      'openai-compatible',
      {},
      { openaiCompatible: { guidance_scale: 7, num_inference_steps: 9, negative_prompt: 'x' } },
      undefined,
    ],
    [
      'openai-compatible',
      { seed: true, response_format: 'b64_json' },
      {
        openaiCompatible: {
          guidance_scale: 7,
          num_inference_steps: 9,
          negative_prompt: 'x',
          seed: 42,
          response_format: 'b64_json',
        },
      },
      undefined,
    ],
    [
      'fal',
      { enableSafetyChecker: true },
      { fal: { guidanceScale: 7, numInferenceSteps: 9, negative_prompt: 'x', enableSafetyChecker: true } },
      42,
    ],
    ['togetherai', {}, { togetherai: { guidance: 7, steps: 9, negative_prompt: 'x' } }, 42],
    [
      'replicate',
      { guidance_scale: 1 },
      { replicate: { guidance_scale: 1, num_inference_steps: 9, negative_prompt: 'x' } },
      42,
    ],
    ['black-forest-labs', {}, { blackForestLabs: { guidance: 7, steps: 9 } }, 42],
    ['amazon-bedrock', {}, { amazonBedrock: { cfgScale: 7, negativeText: 'x' } }, 42],
    ['openai', {}, { openai: {} }, 42],
  ])('puts the settings into the words of %s (%j)', async (provider, providerOptions, expected, seed) => {
    const seen: { providerOptions?: unknown; seed?: unknown }[] = [];
    const config = { provider, providerOptions, guidance: 7, steps: 9, negativePrompt: 'x' };
    await fake({}, { config }, seen).draw(request);
    expect(seen[0]?.providerOptions).toEqual(expected);
    expect(seen[0]?.seed).toBe(seed);
  });

  it('tells once what the provider does not do', async () => {
    const warnings: string[] = [];
    const config = { provider: 'luma', steps: 9 };
    const result = { warnings: [{ type: 'unsupported' as const, feature: 'seed' }] };
    const target = fake(result, { config, onWarning: (warning) => warnings.push(warning) });
    await target.draw(request);
    await target.draw(request);
    expect(warnings).toEqual([
      'The target (luma) does not take "steps"; it is left out.',
      'The target (luma) does not take "seed".',
    ]);
  });

  it('reports usage', async () => {
    const usage: unknown[] = [];
    const call: Call = (ask) =>
      ask({ signal: new AbortController().signal, report: (value) => usage.push(value) });
    await fake({ usage: { inputTokens: 5, outputTokens: undefined, totalTokens: undefined } }, { call }).draw(
      request,
    );
    expect(usage).toEqual([{ inputTokens: 5 }]);
  });
});

describe('a refusal', () => {
  it('is a result', async () => {
    const target = await openai(() =>
      openaiError(400, 'Rejected by our safety system.', 'moderation_blocked'),
    );
    expect(await target.draw(request)).toEqual({
      outcome: 'refused',
      reason: 'Rejected by our safety system.',
    });
  });

  it('may be an empty list with a reason', async () => {
    const target = fake({
      images: [],
      providerMetadata: { google: { images: [], finishReason: 'IMAGE_SAFETY' } },
    });
    expect(await target.draw(request)).toEqual({ outcome: 'refused', reason: 'IMAGE_SAFETY' });
  });

  it('may be a blank picture that is marked', async () => {
    const providerMetadata = { fal: { images: [{ nsfw: true }] } };
    expect(await fake({ images: [black], providerMetadata }).draw(request)).toMatchObject({
      outcome: 'refused',
    });
    expect(await fake({ images: [black] }).draw(request)).toMatchObject({ outcome: 'drawn' });
    expect(await fake({ providerMetadata }).draw(request)).toMatchObject({ outcome: 'drawn' });
  });

  it('may be the status of a poll', async () => {
    const server = await startOpenaiServer({
      image: () => ({ body: { id: '1', status: 'Request Moderated', result: null } }),
    });
    servers.push(server);
    const config = { provider: 'openai-compatible', baseURL: `${server.url}/v1`, model: 'flux' };
    const model = await createImageModel(config, { env: {}, fetch: moderationFetch(fetch), configDir: '/' });
    const target = createTarget({ model, config, call: callDirectly });
    expect(await target.draw(request)).toEqual({ outcome: 'refused', reason: 'Request Moderated' });
  });
});

describe('a bad answer', () => {
  it.each<[what: string, answer: () => Uint8Array | Answer, says: RegExp]>([
    ['no images', () => ({ body: { created: 1, data: [] } }), /answered without an image/],
    [
      'HTML in place of base64',
      () => ({ body: { data: [{ b64_json: '<!DOCTYPE html>' }] } }),
      /no base64: "<!DOCTYPE html>"/,
    ],
    ['base64 of a text', () => Buffer.from('not a picture'), /no image: "not a picture"/],
    ['half a PNG', () => png.subarray(0, png.length >> 1), /broken image/],
    ['an empty image', () => ({ body: { data: [{ b64_json: '' }] } }), /empty image/],
  ])('is %s', async (_, answer, says) => {
    const target = await openai(answer);
    await expect(target.draw(request)).rejects.toMatchObject({
      code: 'BAD_ANSWER',
      retryable: true,
      message: expect.stringMatching(says),
    });
  });

  it.each<[fault: Fault, code: string]>([
    ['html', 'BAD_ANSWER'],
    ['empty', 'BAD_ANSWER'],
    ['garbage', 'BAD_ANSWER'],
    ['truncated', 'UNREACHABLE'],
    ['reset', 'UNREACHABLE'],
    [{ kind: 'status', status: 500 }, 'SERVER_ERROR'],
    [{ kind: 'status', status: 400, body: { error: { message: 'bad size' } } }, 'REJECTED'],
  ])('comes from a server with a fault (%j)', async (fault, code) => {
    const target = await openai(() => png, { faults: fault });
    await expect(target.draw(request)).rejects.toMatchObject({ name: 'ModelError', code });
  });

  it('is bounded at 64 MB', async () => {
    const target = await openai(() => png, { faults: { kind: 'huge', bytes: 70_000_000 } });
    await expect(target.draw(request)).rejects.toMatchObject({
      code: 'BAD_ANSWER',
      message: expect.stringMatching(/64 MB/),
    });
  });
});

describe('an abort', () => {
  const within =
    (signal: AbortSignal): Call =>
    (ask) =>
      ask({ signal, report: () => undefined });

  it('by a timeout is a TIMEOUT', async () => {
    const target = await openai(() => png, { faults: 'stall', call: within(AbortSignal.timeout(40)) });
    await expect(target.draw(request)).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
  });

  it('with a reason of ours passes the reason on', async () => {
    const stop = new ArtError({ code: 'STOPPED', message: 'stop' });
    const target = await openai(() => png, { call: within(AbortSignal.abort(stop)) });
    await expect(target.draw(request)).rejects.toBe(stop);
  });
});

it('draws through automatic1111', async () => {
  const server = await startAutomatic1111Server({ respond: () => png, auth: 'me:pass-word' });
  servers.push(server);
  const config = {
    provider: 'automatic1111',
    baseURL: server.url,
    username: 'me',
    passwordEnv: 'PW',
    guidance: 7.5,
  };
  const model = await createImageModel(config, { env: { PW: 'pass-word' }, fetch, configDir: '/' });
  const target = createTarget({ model, config, call: callDirectly });
  expect(await target.draw(request)).toMatchObject({ outcome: 'drawn', width: 64, height: 48 });
  expect(server.requests[0]?.body).toMatchObject({ seed: 42, cfg_scale: 7.5 });
});

it('draws in the sandbox, the same for the same seed', async () => {
  const config = { provider: 'sandbox', size: '128x128', guidance: 7.5 };
  const model = await createImageModel(config, { env: {}, fetch, configDir: '/' });
  const target = createTarget({ model, config, call: callDirectly });
  const drawing = await target.draw(request);
  expect(drawing).toMatchObject({ outcome: 'drawn', width: 128, height: 128 });
  expect(await target.draw(request)).toEqual(drawing);
});

it('says which option of the user is wrong', async () => {
  const config = { provider: 'automatic1111', providerOptions: { steps: 'many' } };
  const model = await createImageModel(config, { env: {}, fetch, configDir: '/' });
  const target = createTarget({ model, config, call: callDirectly });
  await expect(target.draw(request)).rejects.toMatchObject({
    code: 'REJECTED',
    message: expect.stringMatching(/steps/),
  });
});
