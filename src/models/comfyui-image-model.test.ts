import sharp from 'sharp';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type ComfyuiServerOptions,
  type RunningComfyui,
  startComfyuiServer,
} from '../../test/servers/comfyui-server.ts';
import { createComfyuiImageModel } from './comfyui-image-model.ts';
import { parseWorkflow } from './comfyui-workflow.ts';

const WORKFLOW = {
  '3': {
    class_type: 'KSampler',
    inputs: {
      seed: '{{seed}}',
      steps: '{{steps|20}}',
      cfg: '{{guidance|7}}',
      positive: ['6', 0],
      negative: ['7', 0],
      latent_image: ['5', 0],
    },
  },
  '4': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'v1-5-pruned-emaonly.safetensors' } },
  '5': {
    class_type: 'EmptyLatentImage',
    inputs: { width: '{{width}}', height: '{{height}}', batch_size: 1 },
  },
  '6': { class_type: 'CLIPTextEncode', inputs: { text: '{{prompt}}', clip: ['4', 1] } },
  '7': { class_type: 'CLIPTextEncode', inputs: { text: '{{negativePrompt}}', clip: ['4', 1] } },
  '9': { class_type: 'SaveImage', inputs: { filename_prefix: 'ART', images: ['8', 0] } },
};

let png: Uint8Array;
beforeAll(async () => {
  png = await sharp({ create: { width: 32, height: 32, channels: 3, background: '#48c' } })
    .png()
    .toBuffer();
});
/** A drawing that takes for ever. */
const never = new Promise<Uint8Array>(() => undefined);

let server: RunningComfyui;
afterEach(() => server.close());

const request = {
  n: 1,
  prompt: 'a red kite',
  size: '512x256' as const,
  aspectRatio: undefined,
  seed: 42,
  files: undefined,
  mask: undefined,
  providerOptions: {},
};

async function start(options: Partial<ComfyuiServerOptions> = {}, workflow: object = WORKFLOW) {
  server = await startComfyuiServer({ respond: () => png, ...options });
  const parsed = parseWorkflow(JSON.stringify(workflow), 'w.json');
  return createComfyuiImageModel({
    baseURL: server.url,
    workflow: parsed,
    fetch,
    pollMs: 5,
    safetyPollMs: 60_000,
  });
}

describe('a workflow on ComfyUI', () => {
  it('is filled, run and its image fetched, by news from the socket alone', async () => {
    const model = await start({ latencyMs: 20 });
    const { images, warnings, providerMetadata } = await model.doGenerate({
      ...request,
      providerOptions: { comfyui: { guidance: 5, negativePrompt: 'blurry', sampler: 'euler' } },
    });
    expect(images[0]).toEqual(new Uint8Array(png));
    expect(server.requests.find(({ path }) => path === '/prompt')?.body).toMatchObject({
      client_id: expect.any(String),
      prompt: {
        '3': { inputs: { seed: 42, steps: 20, cfg: 5, positive: ['6', 0] } },
        '5': { inputs: { width: 512, height: 256 } },
        '6': { inputs: { text: 'a red kite' } },
        '7': { inputs: { text: 'blurry' } },
      },
    });
    expect(providerMetadata?.comfyui?.images).toEqual([
      { promptId: expect.any(String), filename: 'ART_00001_.png', seed: 42 },
    ]);
    expect(warnings).toEqual([
      { type: 'unsupported', feature: 'sampler', details: 'the workflow has no {{sampler}}' },
    ]);
    expect(server.requests.filter(({ path }) => path.startsWith('/history')).length).toBeLessThan(6);
  });

  it.each([
    ['an old server', { isOld: true }],
    ['a proxy without web sockets', { withoutSocket: true, latencyMs: 20 }],
  ])('works with %s', async (_, options) => {
    const model = await start(options);
    expect((await model.doGenerate(request)).images).toHaveLength(1);
  });

  it('goes on by polling when the socket breaks in the middle', async () => {
    const gate = Promise.withResolvers<Uint8Array>();
    const model = await start({ respond: () => gate.promise });
    const drawing = model.doGenerate(request);
    await server.asked('/history');
    server.dropSockets();
    gate.resolve(png);
    expect((await drawing).images).toHaveLength(1);
  });

  it('runs several at once and gives each its own image', async () => {
    const respond = async (prompt: Record<string, { inputs: Record<string, unknown> }>) => {
      const width = Number(prompt['5']?.inputs.width);
      return sharp({ create: { width, height: 16, channels: 3, background: '#fff' } })
        .png()
        .toBuffer();
    };
    const model = await start({ respond, capacity: 2 });
    const sizes = [16, 24, 32, 40];
    const results = await Promise.all(
      sizes.map((width) => model.doGenerate({ ...request, size: `${width}x16` })),
    );
    const widths = await Promise.all(
      results.map(async ({ images }) => (await sharp(Buffer.from(images[0] ?? '')).metadata()).width),
    );
    expect(widths).toEqual(sizes);
  });

  it('takes previews where nothing is saved', async () => {
    const model = await start({}, { ...WORKFLOW, '9': { class_type: 'PreviewImage', inputs: {} } });
    expect((await model.doGenerate(request)).images).toHaveLength(1);
  });

  it('shows node_errors', async () => {
    const model = await start({
      nodeClasses: {
        KSampler: {},
        CheckpointLoaderSimple: { ckpt_name: ['sdxl.safetensors'] },
        EmptyLatentImage: {},
        CLIPTextEncode: {},
        SaveImage: {},
      },
    });
    await expect(model.doGenerate(request)).rejects.toMatchObject({
      code: 'REJECTED',
      retryable: false,
      message: `ComfyUI at ${server.url} does not take the workflow: node 4 (CheckpointLoaderSimple): Value not in list: ckpt_name: 'v1-5-pruned-emaonly.safetensors' not in ['sdxl.safetensors']`,
    });
  });

  it('shows that a node is not installed', async () => {
    const model = await start({ nodeClasses: { KSampler: {} } });
    await expect(model.doGenerate(request)).rejects.toThrow(
      /Node 'CheckpointLoaderSimple' not found.*Node ID '#4'/,
    );
  });

  it('shows an error while it runs', async () => {
    const respond = () => {
      throw new RangeError('Allocation on device');
    };
    const model = await start({ respond });
    await expect(model.doGenerate(request)).rejects.toMatchObject({
      code: 'SERVER_ERROR',
      retryable: true,
      message: expect.stringMatching(/failed in node 3 \(KSampler\): RangeError: Allocation on device/),
    });
  });

  it('says that no node saved an image', async () => {
    const { '9': _, ...workflow } = WORKFLOW;
    const model = await start({}, workflow);
    await expect(model.doGenerate(request)).rejects.toMatchObject({ code: 'BAD_ANSWER', retryable: false });
  });

  it('notices that the server forgot the job', async () => {
    const model = await start({ respond: () => never });
    const outcome = expect(model.doGenerate(request)).rejects.toMatchObject({
      code: 'SERVER_ERROR',
      message: expect.stringMatching(/lost the job/),
    });
    await server.asked('/history');
    server.restart();
    await outcome;
  });

  it('interrupts what runs and takes what waits out of the queue, when it is aborted', async () => {
    const model = await start({ respond: () => never });
    const aborts = [new AbortController(), new AbortController()];
    const outcomes = aborts.map(({ signal }) =>
      expect(model.doGenerate({ ...request, abortSignal: signal })).rejects.toMatchObject({
        name: 'AbortError',
      }),
    );
    await server.asked('/history', 2);
    for (const abort of aborts) abort.abort();
    await Promise.all(outcomes);
    await vi.waitFor(() => expect([server.interrupted.length, server.deleted.length]).toEqual([1, 1]));
  });
});
