import sharp from 'sharp';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Automatic1111ServerOptions,
  startAutomatic1111Server,
  type Txt2imgRequest,
} from '../../test/servers/automatic1111-server.ts';
import type { RunningServer } from '../../test/servers/http-server.ts';
import { createAutomatic1111ImageModel } from './automatic1111-image-model.ts';

let png: Uint8Array;
beforeAll(async () => {
  png = await sharp({ create: { width: 32, height: 32, channels: 3, background: '#48c' } })
    .png()
    .toBuffer();
});
let server: RunningServer;
afterEach(() => server.close());

const request = {
  n: 1,
  prompt: 'a red kite',
  size: undefined,
  aspectRatio: undefined,
  seed: undefined,
  files: undefined,
  mask: undefined,
  providerOptions: {},
};

async function start(options: Partial<Automatic1111ServerOptions> = {}, model?: string, headers = {}) {
  server = await startAutomatic1111Server({ respond: () => png, ...options });
  return createAutomatic1111ImageModel({
    baseURL: `${server.url}/`,
    model,
    fetch,
    headers,
    now: () => new Date(0),
  });
}

describe('txt2img', () => {
  it('sends what is set, in the words of the program', async () => {
    const seen: Txt2imgRequest[] = [];
    const respond = (received: Txt2imgRequest) => {
      seen.push(received);
      return png;
    };
    const model = await start({ respond }, 'v1-5-pruned-emaonly');
    const options = {
      guidance: 7.5,
      steps: 50,
      negativePrompt: 'blurry',
      sampler: 'Euler a',
      restore_faces: true,
    };
    await model.doGenerate({
      ...request,
      size: '640x384',
      seed: 42,
      providerOptions: { automatic1111: options },
    });
    expect(server.requests[0]?.body).toEqual({
      prompt: 'a red kite',
      negative_prompt: 'blurry',
      seed: 42,
      steps: 50,
      cfg_scale: 7.5,
      sampler_name: 'Euler a',
      width: 640,
      height: 384,
      batch_size: 1,
      n_iter: 1,
      override_settings: { sd_model_checkpoint: 'v1-5-pruned-emaonly' },
      override_settings_restore_afterwards: false,
      restore_faces: true,
    });
    expect(seen).toHaveLength(1);
  });

  it('leaves to the program what is not set', async () => {
    const model = await start();
    await model.doGenerate(request);
    expect(server.requests[0]?.body).toEqual({ prompt: 'a red kite', batch_size: 1, n_iter: 1 });
  });

  it.each([false, true])(
    'gives the image and the seed that was used (data: prefix %s)',
    async (dataPrefix) => {
      const model = await start({ dataPrefix, randomSeed: 99 });
      const { images, providerMetadata } = await model.doGenerate(request);
      expect(images).toEqual([Buffer.from(png).toString('base64')]);
      expect(providerMetadata).toEqual({ automatic1111: { images: [{ seed: 99 }] } });
    },
  );

  it.each(['', 'not json', '{}', null])('takes servers whose info says nothing (%j)', async (info) => {
    const model = await start({ respond: () => ({ body: { images: ['aaaa'], info } }) });
    expect((await model.doGenerate(request)).providerMetadata).toEqual({ automatic1111: { images: [{}] } });
  });

  it('proves who asks by HTTP basic authentication', async () => {
    const authorization = `Basic ${Buffer.from('user:pass').toString('base64')}`;
    const model = await start({ auth: 'user:pass' }, undefined, { authorization });
    expect((await model.doGenerate(request)).images).toHaveLength(1);
  });

  it('throws what the server says of a failure', async () => {
    const model = await start({ auth: 'user:pass' });
    await expect(model.doGenerate(request)).rejects.toMatchObject({
      statusCode: 401,
      responseBody: expect.stringContaining('Incorrect username'),
    });
  });

  it('refuses an answer of another shape', async () => {
    const model = await start({ respond: () => ({ body: { images: 'none' } }) });
    await expect(model.doGenerate(request)).rejects.toThrow(/no "images"/);
  });
});
