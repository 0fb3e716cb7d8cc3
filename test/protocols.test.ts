import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startAutomatic1111Server } from './servers/automatic1111-server.ts';
import { type ComfyuiPrompt, startComfyuiServer } from './servers/comfyui-server.ts';
import type { RunningServer } from './servers/http-server.ts';
import { type ChatRequest, openaiError, startOpenaiServer } from './servers/openai-server.ts';
import { filesBelow, putDataFolder, temporaryFolder } from './support/folders.ts';
import { comparable, type Report, readReport } from './support/reports.ts';
import { runArt } from './support/run-art.ts';
import { GUIDE_MODEL, sandboxChat, sandboxDraw, WRITER_MODEL } from './support/sandbox-responders.ts';
import { closing } from './support/servers.ts';

/** Two categories, three turns each, two evaluation images a prompt. */
const TURNS = 6;
const EVALUATION_IMAGES = 12;
const campaign = {
  judges: { prompt: ['lexicon', 'profanity'], image: ['sandbox'] },
  categories: ['violence', 'shocking'],
  conversations: 1,
  rounds: 2,
  imagesPerPrompt: 2,
  seed: 7,
};

/** Writer and Guide on one server, as the sandbox's would answer. */
function languageModels(server: RunningServer, more: object = {}) {
  const common = { provider: 'openai-compatible', baseURL: `${server.url}/v1`, retries: 0, ...more };
  return { writer: { ...common, model: WRITER_MODEL }, guide: { ...common, model: GUIDE_MODEL } };
}

/** Runs the campaign of a folder to its end; it has to be done. */
async function runToTheEnd(
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly report: Report; readonly data: string; readonly said: string }> {
  const data = await putDataFolder(join(cwd, 'data'));
  const run = await runArt(['run', '--data-dir', 'data', '--json'], { cwd, env });
  expect(run, run.stderr).toMatchObject({ code: 0 });
  const report = readReport(run);
  expect(report.campaign.status).toBe('done');
  expect(report.promptToxicity.reduce((sum, { prompts }) => sum + prompts, 0)).toBe(TURNS);
  expectImages(data);
  return { report, data, said: run.stdout + run.stderr };
}

/** Every image lies on the disk under the SHA-256 of its bytes. */
function expectImages(data: string): void {
  const files = filesBelow(join(data, 'images'));
  expect(files.length).toBeGreaterThan(1);
  for (const file of files) {
    const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
    expect(file).toBe(join(data, 'images', hash.slice(0, 2), `${hash}.png`));
  }
}

/** The bodies of the requests for a path. */
function bodies<Output>(server: RunningServer, path: string, schema: z.ZodType<Output>): Output[] {
  return server.requests.filter((request) => request.path === path).map(({ body }) => schema.parse(body));
}

describe('openai-compatible', { timeout: 120_000 }, () => {
  it('runs Writer, Guide and target from art.yaml, and finds what the sandbox finds', async () => {
    const chats: ChatRequest[] = [];
    const drawn = new Set<string>();
    const server = await closing(
      startOpenaiServer({
        chat: (request) => {
          chats.push(request);
          return sandboxChat(request);
        },
        image: async ({ prompt, seed = -1, width, height }) => {
          const image = await sandboxDraw({ prompt, seed, width, height });
          drawn.add(createHash('sha256').update(image).digest('hex'));
          return image;
        },
      }),
    );
    const cwd = temporaryFolder({
      'art.yaml': `
        # as a person writes it
        name: over-http
        target: { provider: openai-compatible, baseURL: "${server.url}/v1", model: my-t2i, size: 256x256, providerOptions: { seed: true } }
        writer:
          provider: openai-compatible
          baseURL: ${server.url}/v1/
          model: ${WRITER_MODEL}
          temperature: 1.5
          topK: 40
          maxOutputTokens: 99
        guide: { provider: openai-compatible, baseURL: ${server.url}/v1, model: ${GUIDE_MODEL} }
        judges: { prompt: [lexicon, profanity], image: [sandbox] }
        categories: [violence, shocking]
        conversations: 1
        rounds: 2
        imagesPerPrompt: 2
        seed: 7
      `,
    });
    const { report, data } = await runToTheEnd(cwd);

    const writerBodies = chats.filter(({ model }) => model === WRITER_MODEL).map(({ body }) => body);
    expect(writerBodies).toHaveLength(TURNS);
    for (const body of writerBodies)
      expect(body).toMatchObject({ temperature: 1.5, top_k: 40, max_tokens: 99, seed: expect.any(Number) });
    const guides = chats.filter(({ model }) => model === GUIDE_MODEL);
    expect(guides).toHaveLength(TURNS - 2);
    // Each question to the Guide holds the one picture that it is about.
    for (const { images, body } of guides) {
      expect(images.map((image) => drawn.has(createHash('sha256').update(image).digest('hex')))).toEqual([
        true,
      ]);
      expect(JSON.stringify(body)).toContain('data:image/png;base64,');
    }

    const images = bodies(
      server,
      '/v1/images/generations',
      z.looseObject({ prompt: z.string(), seed: z.int().min(0) }),
    );
    expect(images).toHaveLength(TURNS + EVALUATION_IMAGES);
    for (const body of images) expect(body).toMatchObject({ model: 'my-t2i', size: '256x256', n: 1 });
    expect(new Set(images.map(({ seed }) => seed)).size).toBe(TURNS + EVALUATION_IMAGES);
    expect(
      filesBelow(join(data, 'images'))
        .map((file) => basename(file, '.png'))
        .toSorted(),
    ).toEqual([...drawn].toSorted());

    // The same models in process find the same: nothing is lost or changed on the wire. Only servers count tokens their own way.
    const inside = temporaryFolder({
      'art.yaml': { ...campaign, name: 'over-http', preset: 'sandbox', target: { size: '256x256' } },
    });
    const { report: expected } = await runToTheEnd(inside);
    const { campaign: _, usage, ...results } = report;
    const { campaign: __, usage: expectedUsage, ...expectedResults } = expected;
    expect(results).toEqual(expectedResults);
    const requests = ({ endpoints = [] }: Partial<NonNullable<Report['usage']>> = {}) =>
      endpoints.map((one) => [one.endpoint, one.requests, one.attempts]);
    expect(requests(usage)).toEqual(requests(expectedUsage));
  });

  it('keeps an API key to itself, also where the server shouts it back', async () => {
    const key = 'Zq7-harmless-test-key-0123456789';
    const forms = [key, Buffer.from(key).toString('base64'), encodeURIComponent(key)];
    const server = await closing(
      startOpenaiServer({
        apiKey: key,
        // The Guide's errors quote the request's headers, the Writer's answers the key.
        chat: async (request) =>
          request.model === GUIDE_MODEL
            ? openaiError(400, `no ${key} please; got {"authorization":"Bearer ${key}"} ?api_key=${forms[2]}`)
            : `${await sandboxChat(request)}, by the light of ${key}`,
        image: ({ prompt, width, height }) => sandboxDraw({ prompt, seed: 1, width, height }),
      }),
    );
    const endpoint = {
      provider: 'openai-compatible',
      baseURL: `${server.url}/v1`,
      apiKeyEnv: 'ART_TEST_KEY',
      retries: 0,
    };
    const cwd = temporaryFolder({
      'art.yaml': {
        ...campaign,
        ...languageModels(server, { apiKeyEnv: 'ART_TEST_KEY' }),
        target: { ...endpoint, model: 'my-t2i', size: '256x256' },
      },
    });
    const data = await putDataFolder(join(cwd, 'data'));
    const env = { ART_TEST_KEY: key, ART_LOG_LEVEL: 'debug' };
    const run = await runArt(['run', '--data-dir', 'data', '--json'], { cwd, env });
    expect(run, run.stderr).toMatchObject({ code: 1 });
    const report = readReport(run);
    expect(report.failures).toHaveLength(2);
    expect(report.failures[0]?.failure).toMatchObject({
      code: 'REJECTED',
      message: expect.stringContaining('[redacted]'),
    });
    const again = await runArt(['resume', '--data-dir', 'data'], { cwd, env: { ...env, ART_DEBUG: '1' } });
    expect(again).toMatchObject({ code: 1 });
    const markdown = await runArt(['report', '--data-dir', 'data'], { cwd, env });
    expect(markdown).toMatchObject({ code: 0 });
    const doctor = await runArt(['doctor'], { cwd, env });
    expect(doctor).toMatchObject({ code: 1, stdout: expect.stringContaining('[redacted]') });

    expect(server.requests.every(({ headers }) => headers.authorization === `Bearer ${key}`)).toBe(true);
    const files = filesBelow(data);
    expect(files.some((file) => file.includes(join('data', 'database')))).toBe(true);
    expect(files.some((file) => file.endsWith('art.log'))).toBe(true);
    const shown = [run, again, markdown, doctor].flatMap(({ stdout, stderr }) => [stdout, stderr]);
    for (const form of forms) {
      expect(files.filter((file) => readFileSync(file).includes(form))).toEqual([]);
      expect(shown.filter((text) => text.includes(form))).toEqual([]);
    }
  });
});

describe('automatic1111', { timeout: 120_000 }, () => {
  it('asks as the web UI is asked, with basic authentication, from art.config.ts', async () => {
    const password = 'not-a-real-password-77';
    const chat = await closing(startOpenaiServer({ chat: sandboxChat }));
    const server = await closing(
      startAutomatic1111Server({
        auth: `ada:${password}`,
        dataPrefix: true,
        respond: ({ prompt, seed, width, height, cfg_scale: guidance, negative_prompt: negativePrompt }) =>
          sandboxDraw({ prompt, seed, width, height, guidance, negativePrompt }),
      }),
    );
    const target = {
      provider: 'automatic1111',
      baseURL: server.url,
      model: 'v1-5-pruned-emaonly',
      size: '256x320',
      guidance: 7.5,
      steps: 21,
      sampler: 'DPM++ 2M',
      negativePrompt: 'blurry',
      username: 'ada',
      passwordEnv: 'ART_TEST_PASSWORD',
      providerOptions: { restore_faces: false },
    };
    const settings = { ...campaign, ...languageModels(chat), target };
    const cwd = temporaryFolder({
      'art.config.ts': `import { defineConfig } from 'art';\nexport default defineConfig(${JSON.stringify(settings)});\n`,
    });
    const { data, said } = await runToTheEnd(cwd, { ART_TEST_PASSWORD: password });

    const asked = bodies(
      server,
      '/sdapi/v1/txt2img',
      z.looseObject({ prompt: z.string(), seed: z.int().min(0) }),
    );
    expect(asked).toHaveLength(TURNS + EVALUATION_IMAGES);
    for (const body of asked) {
      expect(body).toEqual({
        prompt: expect.stringMatching(/\w/),
        negative_prompt: 'blurry',
        seed: expect.any(Number),
        steps: 21,
        cfg_scale: 7.5,
        width: 256,
        height: 320,
        sampler_name: 'DPM++ 2M',
        batch_size: 1,
        n_iter: 1,
        override_settings: { sd_model_checkpoint: 'v1-5-pruned-emaonly' },
        override_settings_restore_afterwards: false,
        restore_faces: false,
      });
    }
    const guides = bodies(
      chat,
      '/v1/chat/completions',
      z.looseObject({ model: z.string(), messages: z.unknown() }),
    ).filter(({ model }) => model === GUIDE_MODEL);
    expect(guides).toHaveLength(TURNS - 2);
    for (const { messages } of guides) expect(JSON.stringify(messages)).toContain('data:image/png;base64,');

    for (const secret of [password, Buffer.from(`ada:${password}`).toString('base64')]) {
      expect(said).not.toContain(secret);
      expect(filesBelow(data).filter((file) => readFileSync(file).includes(secret))).toEqual([]);
    }
  });
});

describe('comfyui', { timeout: 120_000 }, () => {
  const workflow = {
    '3': {
      class_type: 'KSampler',
      inputs: {
        seed: '{{seed}}',
        steps: '{{steps|20}}',
        cfg: '{{guidance|7}}',
        sampler_name: '{{sampler|euler}}',
        positive: ['6', 0],
        negative: ['7', 0],
        latent_image: ['5', 0],
      },
    },
    '4': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: '{{model}}' } },
    '5': {
      class_type: 'EmptyLatentImage',
      inputs: { width: '{{width}}', height: '{{height}}', batch_size: 1 },
    },
    '6': { class_type: 'CLIPTextEncode', inputs: { text: '{{prompt}}', clip: ['4', 1] } },
    '7': { class_type: 'CLIPTextEncode', inputs: { text: 'ugly, {{negativePrompt}}', clip: ['4', 1] } },
    '8': { class_type: 'VAEDecode', inputs: { samples: ['3', 0], vae: ['4', 2] } },
    '9': { class_type: 'SaveImage', inputs: { filename_prefix: 'ART', images: ['8', 0] } },
  };
  const filled = z.object({
    '3': z.object({
      class_type: z.literal('KSampler'),
      inputs: z.looseObject({
        seed: z.int().min(0),
        steps: z.literal(12),
        cfg: z.literal(7),
        sampler_name: z.literal('euler'),
        positive: z.tuple([z.literal('6'), z.literal(0)]),
      }),
    }),
    '4': z.looseObject({ inputs: z.object({ ckpt_name: z.literal('sd15.safetensors') }) }),
    '5': z.looseObject({
      inputs: z.object({ width: z.literal(256), height: z.literal(256), batch_size: z.literal(1) }),
    }),
    '6': z.looseObject({ inputs: z.looseObject({ text: z.string().regex(/\w/) }) }),
    '7': z.looseObject({ inputs: z.looseObject({ text: z.literal('ugly, blurry') }) }),
    '8': z.looseObject({ class_type: z.literal('VAEDecode') }),
    '9': z.looseObject({ class_type: z.literal('SaveImage') }),
  });

  async function draw(prompt: ComfyuiPrompt): Promise<Uint8Array> {
    const { 3: sampler, 5: latent, 6: text } = filled.parse(prompt);
    return sandboxDraw({ prompt: text.inputs.text, seed: sampler.inputs.seed, ...latent.inputs });
  }

  it('fills in the workflow, and takes the picture from /view', async () => {
    const server = await closing(startComfyuiServer({ respond: draw, capacity: 2 }));
    const cwd = temporaryFolder({
      'workflows/sd15.json': workflow,
      'art.json': {
        ...campaign,
        writer: { provider: 'sandbox' },
        guide: { provider: 'sandbox' },
        target: {
          provider: 'comfyui',
          baseURL: `${server.url}/`,
          workflow: 'workflows/sd15.json',
          model: 'sd15.safetensors',
          size: '256x256',
          steps: 12,
          negativePrompt: 'blurry',
          concurrency: 2,
        },
      },
    });
    await runToTheEnd(cwd);
    const asked = bodies(server, '/prompt', z.object({ prompt: filled, client_id: z.string().min(1) }));
    expect(asked).toHaveLength(TURNS + EVALUATION_IMAGES);
    expect(server.requests.filter(({ path }) => path === '/view')).toHaveLength(TURNS + EVALUATION_IMAGES);
    expect(server.mostInFlight()).toBeLessThanOrEqual(2);
  });

  it('works where a proxy knows no web sockets, with an older server', async () => {
    const server = await closing(startComfyuiServer({ respond: draw, withoutSocket: true, isOld: true }));
    const cwd = temporaryFolder({
      'workflow.json': workflow,
      'art.yaml': {
        ...campaign,
        writer: { provider: 'sandbox' },
        guide: { provider: 'sandbox' },
        target: {
          provider: 'comfyui',
          baseURL: server.url,
          workflow: 'workflow.json',
          model: 'sd15.safetensors',
          size: '256x256',
          steps: 12,
          negativePrompt: 'blurry',
        },
      },
    });
    const { report } = await runToTheEnd(cwd);
    expect(comparable(report)).toMatchObject({ campaign: { target: { provider: 'comfyui' } } });
  });
});
