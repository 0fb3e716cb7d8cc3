import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Answer, startHttpServer } from '../../test/servers/http-server.ts';
import { temporaryFolder } from '../../test/support/folders.ts';
import { plainPng } from '../../test/support/pictures.ts';
import { closing } from '../../test/support/servers.ts';
import { createImageModel, type ModelServices } from './providers.ts';
import { createPublicFetch } from './public-fetch.ts';
import { createTarget } from './target.ts';
import type { Call, Drawing } from './types.ts';

const KEY = 'a-harmless-key-of-the-target';
const PICTURE = plainPng(64, 64);
const call: Call = (run) => run({ signal: AbortSignal.timeout(10_000), report: () => {} });

/** Draws one picture with a configuration, over HTTP; the named hosts are this machine. */
async function draw(
  config: Parameters<typeof createImageModel>[0],
  more: Partial<ModelServices> = {},
): Promise<Drawing> {
  const model = await createImageModel(
    { apiKeyEnv: 'ART_TEST_KEY', ...config },
    {
      env: { ART_TEST_KEY: KEY },
      fetch,
      publicFetch: () =>
        createPublicFetch({
          allowPrivate: true,
          resolve: async () => [{ address: '127.0.0.1', family: 4 }],
        }),
      configDir: '/',
      ...more,
    },
  );
  return await createTarget({ model, config, call }).draw({ prompt: 'a kite', seed: 1 });
}

/** A server whose answers name a picture where `picture` says. */
function startNaming(picture: (own: string) => string) {
  return closing(
    startHttpServer(({ path, headers }): Answer => {
      const own = `http://${String(headers.host)}`;
      if (path.endsWith('.png')) return { headers: { 'content-type': 'image/png' }, body: PICTURE };
      return { body: { created: 1, data: [{ url: picture(own) }] } };
    }),
  );
}

/** A server with nothing but a picture, and what it was asked with. */
async function startPictures() {
  const server = await closing(startHttpServer(() => ({ body: PICTURE })));
  return { server, port: new URL(server.url).port };
}

describe('a target whose answer names an address', () => {
  const openai = (url: string) => ({ provider: 'openai-compatible', baseURL: `${url}/v1`, model: 'm' });

  it('is fetched from its own host, be it inside of a network', async () => {
    const server = await startNaming((own) => `${own}/files/a.png`);
    expect(await draw(openai(server.url))).toMatchObject({ outcome: 'drawn', width: 64 });
  });

  it('is fetched from a host of imageHosts, without the key', async () => {
    const { server: pictures, port } = await startPictures();
    const server = await startNaming(() => `http://pictures.example.net:${port}/a.png`);
    const imageHosts = [`*.example.net:${port}`];
    expect(await draw({ ...openai(server.url), imageHosts })).toMatchObject({ outcome: 'drawn' });
    expect(JSON.stringify(pictures.requests)).not.toContain(KEY);
    expect(JSON.stringify(server.requests.map(({ headers }) => headers))).toContain(KEY);
  });

  it('is refused at any other host, with the key of the configuration that allows it', async () => {
    const { server: pictures, port } = await startPictures();
    const server = await startNaming(() => `http://pictures.example.net:${port}/a.png?sig=abc`);
    await expect(draw(openai(server.url))).rejects.toMatchObject({
      code: 'ADDRESS_REFUSED',
      retryable: false,
      message: expect.stringContaining(`http://pictures.example.net:${port}/a.png`),
      hint: expect.stringContaining('target.imageHosts'),
    });
    expect(pictures.requests).toEqual([]);
  });

  it('is refused inside of the network, another port of this machine too', async () => {
    const { server: pictures, port } = await startPictures();
    const imageHosts = ['127.0.0.1', `127.0.0.1:${port}`, `pictures.example.net:${port}`];
    const inside = [
      `http://127.0.0.1:${port}/a.png`,
      `http://localhost:${port}/a.png`,
      'http://169.254.169.254/latest/meta-data/',
      'http://[::ffff:127.0.0.1]/a.png',
      'file:///etc/hostname',
    ];
    for (const address of inside) {
      const server = await startNaming(() => address);
      await expect(draw({ ...openai(server.url), imageHosts })).rejects.toMatchObject({
        code: 'ADDRESS_REFUSED',
      });
    }
    // A name that means an address inside is refused when the connection is made.
    const server = await startNaming(() => `http://pictures.example.net:${port}/a.png`);
    const publicFetch = () =>
      createPublicFetch({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
    await expect(draw({ ...openai(server.url), imageHosts }, { publicFetch })).rejects.toMatchObject({
      code: 'ADDRESS_REFUSED',
      message: expect.stringContaining('public internet'),
    });
    expect(pictures.requests).toEqual([]);
  });

  it('is refused behind a redirect, whatever the protocol', async () => {
    const { server: pictures } = await startPictures();
    const away = await closing(
      startHttpServer(({ path }): Answer => {
        if (path === '/prompt') return { body: { prompt_id: 'p' } };
        if (path === '/history/p') {
          return {
            body: { p: { outputs: { 9: { images: [{ filename: 'a.png' }] } }, status: { completed: true } } },
          };
        }
        if (path === '/files/a.png' || path === '/view')
          return { status: 302, headers: { location: `${pictures.url}/a.png` } };
        if (path === '/sdapi/v1/txt2img') return { status: 307, headers: { location: pictures.url } };
        return { body: { data: [{ url: `${away.url}/files/a.png` }] } };
      }),
    );
    const folder = temporaryFolder({
      'workflow.json': {
        6: { class_type: 'CLIPTextEncode', inputs: { text: '{{prompt}}', seed: '{{seed}}' } },
      },
    });
    const workflow = join(folder, 'workflow.json');
    for (const config of [
      openai(away.url),
      { provider: 'automatic1111', baseURL: away.url },
      { provider: 'comfyui', baseURL: away.url, workflow },
    ]) {
      await expect(draw(config), config.provider).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
    }
    expect(pictures.requests).toEqual([]);
  });

  it('is guarded for the providers of the AI SDK as well', async () => {
    const { server: pictures, port } = await startPictures();
    // As @ai-sdk/fal does, in the few lines that matter here.
    const source = `export const createFal = ({ baseURL, fetch, apiKey }) => ({
      imageModel: (modelId) => ({
        specificationVersion: 'v4', provider: 'fal', modelId, maxImagesPerCall: 1,
        async doGenerate() {
          const headers = { authorization: 'Key ' + apiKey };
          const answer = await (await fetch(baseURL, { method: 'POST', headers, body: '{}' })).json();
          const picture = await fetch(answer.data[0].url, { headers });
          return { images: [new Uint8Array(await picture.arrayBuffer())], warnings: [], response: { timestamp: new Date(0), modelId } };
        },
      }),
    });`;
    const configDir = temporaryFolder({
      'node_modules/@ai-sdk/fal/package.json': { name: '@ai-sdk/fal', type: 'module', exports: './index.js' },
      'node_modules/@ai-sdk/fal/index.js': source,
    });
    const server = await startNaming(() => `http://pictures.example.net:${port}/a.png`);
    const config = { provider: 'fal', model: 'm', baseURL: server.url };
    await expect(draw(config, { configDir })).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
    expect(pictures.requests).toEqual([]);
    const imageHosts = [`pictures.example.net:${port}`];
    expect(await draw({ ...config, imageHosts }, { configDir })).toMatchObject({ outcome: 'drawn' });
    expect(JSON.stringify(pictures.requests)).not.toContain(KEY);
  });

  it('has its hosts in the JSON Schema', () => {
    const schema = readFileSync(new URL('../../schema/art.schema.json', import.meta.url), 'utf8');
    expect(schema).toContain('"imageHosts"');
  });
});
