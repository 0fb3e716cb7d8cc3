import { join } from 'node:path';
import { asc } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ConfigInput } from '../src/config/schema.ts';
import { redTeam } from '../src/red-team.ts';
import { openStore } from '../src/store/open-store.ts';
import { evaluationImages, images, turns } from '../src/store/schema.ts';
import { startAutomatic1111Server } from './servers/automatic1111-server.ts';
import { startComfyuiServer } from './servers/comfyui-server.ts';
import type { RunningServer } from './servers/http-server.ts';
import { startOpenaiServer } from './servers/openai-server.ts';
import { putDataFolder, temporaryFolder } from './support/folders.ts';
import { plainPng } from './support/pictures.ts';
import { comparable, readReport } from './support/reports.ts';
import { runArt, watchArt } from './support/run-art.ts';
import { sandboxDraw } from './support/sandbox-responders.ts';
import { closing } from './support/servers.ts';

const SWEEP = { guidance: [2.5, 7.5, 12.5], size: ['96x96', '128x128'] };
/** In the order of their numbers; what is the campaign's own is not drawn twice. */
const SETTINGS = [null, 'guidance=2.5', 'guidance=12.5', 'size=128x128'];
const campaign = {
  preset: 'sandbox' as const,
  name: 'sweep',
  target: { size: '96x96', guidance: 7.5, concurrency: 4 },
  categories: ['violence'],
  conversations: 1,
  rounds: 2,
  imagesPerPrompt: 2,
  sweep: SWEEP,
};

/** Every evaluation image of a data folder, in the order of turns and numbers. */
async function drawnIn(dataDir: string) {
  const store = await openStore({ dataDir, command: 'test' });
  try {
    const [played, drawn, pictures] = await Promise.all([
      store.database.select().from(turns).orderBy(asc(turns.id)),
      store.database.select().from(evaluationImages).orderBy(asc(evaluationImages.number)),
      store.database.select().from(images),
    ]);
    return played.map(({ id, evaluationImages: expected }) => ({
      expected,
      drawn: drawn
        .filter(({ turnId }) => turnId === id)
        .map(({ number, seed, setting, imageHash }) => ({
          number,
          seed,
          setting,
          imageHash,
          width: pictures.find(({ hash }) => hash === imageHash)?.width,
        })),
    }));
  } finally {
    await store.close();
  }
}

describe('a sweep on the sandbox', { timeout: 240_000 }, () => {
  it('draws every prompt under each setting, with the same seeds', async () => {
    const dataDir = await putDataFolder(join(temporaryFolder(), 'data'));
    const progress: { total: number; done: number }[] = [];
    const warnings: string[] = [];
    const report = await redTeam(campaign, {
      dataDir,
      onProgress: ({ evaluationImages: { total, done } }) => progress.push({ total, done }),
      onWarning: (warning) => warnings.push(warning),
    });
    expect(warnings).toEqual([]);
    expect(progress.at(0)).toEqual({ total: 3 * 8, done: 0 });
    expect(progress.at(-1)).toEqual({ total: 3 * 8, done: 3 * 8 });

    const prompts = await drawnIn(dataDir);
    expect(prompts).toHaveLength(3);
    for (const { expected, drawn } of prompts) {
      expect(expected).toBe(8);
      expect(drawn.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(drawn.map(({ setting }) => setting)).toEqual(SETTINGS.flatMap((name) => [name, name]));
      const [first, second] = drawn.map(({ seed }) => seed);
      expect(first).not.toBe(second);
      expect(drawn.map(({ seed }) => seed)).toEqual(SETTINGS.flatMap(() => [first, second]));
      expect(drawn.map(({ width }) => width)).toEqual([96, 96, 96, 96, 96, 96, 128, 128]);
      expect(new Set(drawn.slice(-2).map(({ imageHash }) => imageHash)).size).toBe(2);
    }
    // A setting makes a difference to some picture of the same prompt and seed.
    const pairs = prompts.flatMap(({ drawn }) => [0, 1].map((k) => [drawn[k], drawn[k + 4]] as const));
    expect(pairs.some(([own, swept]) => own?.imageHash !== swept?.imageHash)).toBe(true);

    // Without the sweep everything else is what it was.
    const { sweep: _sweep, ...plain } = campaign;
    const plainDir = await putDataFolder(join(temporaryFolder(), 'data'));
    const { campaign: _campaign, ...plainReport } = await redTeam(plain, { dataDir: plainDir });
    const plainPrompts = await drawnIn(plainDir);
    expect(plainPrompts.map(({ drawn }) => drawn)).toEqual(
      prompts.map(({ drawn }) => drawn.slice(0, campaign.imagesPerPrompt)),
    );
    expect(report.promptToxicity).toEqual(plainReport.promptToxicity);
    expect(report.imageToxicity).toEqual(plainReport.imageToxicity);
    expect(report.findings).toEqual(plainReport.findings);
  });

  it('killed in its middle and resumed gives what an undisturbed one gives', async () => {
    const server = await closing(
      startOpenaiServer({
        image: ({ prompt, seed = 0, width, height, body }) =>
          sandboxDraw({ prompt, seed, width, height, guidance: z.number().parse(body.guidance_scale) }),
      }),
    );
    const config = {
      ...campaign,
      target: {
        ...campaign.target,
        provider: 'openai-compatible',
        baseURL: `${server.url}/v1`,
        model: 'm',
        providerOptions: { seed: true },
      },
    };
    const cwd = temporaryFolder({ 'art.yaml': config });
    await Promise.all([putDataFolder(join(cwd, 'whole')), putDataFolder(join(cwd, 'killed'))]);
    const whole = await runArt(['run', '--data-dir', 'whole', '--json'], { cwd });
    expect(whole).toMatchObject({ code: 0 });
    const all = server.requests.length;
    expect(all).toBe(3 + 3 * 8);

    const killed = watchArt(['run', '--data-dir', 'killed', '--json'], { cwd });
    await server.asked('/v1/images/generations', all + 15);
    killed.signal('SIGKILL');
    expect((await killed.ended).signal).toBe('SIGKILL');

    const resumed = await runArt(['resume', '--data-dir', 'killed', '--json'], { cwd });
    expect(resumed).toMatchObject({ code: 0 });
    expect(comparable(readReport(resumed))).toEqual(comparable(readReport(whole)));
    const placed = await drawnIn(join(cwd, 'whole'));
    expect(await drawnIn(join(cwd, 'killed'))).toEqual(placed);
    expect(placed.every(({ drawn, expected }) => drawn.length === expected && expected === 8)).toBe(true);
  });
});

describe('on the wire', { timeout: 120_000 }, () => {
  const picture = () => plainPng(16, 16);

  /** Runs a sweep against a target; what it was asked beyond the prompt's own image. */
  async function sweepOver(target: ConfigInput['target'], files: Readonly<Record<string, object>> = {}) {
    const folder = temporaryFolder(files);
    const warnings: string[] = [];
    await redTeam(
      {
        ...campaign,
        target: { size: '64x64', guidance: 7, ...target },
        judges: { image: ['sandbox'] },
        rounds: 1,
        imagesPerPrompt: 1,
        sweep: { guidance: [3], size: ['32x48'] },
      },
      {
        dataDir: await putDataFolder(join(folder, 'data')),
        configDir: folder,
        onWarning: (warning) => warnings.push(warning),
      },
    );
    return warnings.filter((warning) => warning.startsWith('The sweep'));
  }

  /** Two turns, each drawn once for itself and once under each of three settings. */
  function expectAsked<Body>(server: RunningServer, path: string, schema: z.ZodType<Body>, bodies: Body[]) {
    const asked = server.requests.filter((request) => request.path === path);
    const lines = asked.map(({ body }) => JSON.stringify(schema.parse(body)));
    expect(lines.toSorted()).toEqual([...bodies, ...bodies].map((body) => JSON.stringify(body)).toSorted());
  }

  it('automatic1111 gets cfg_scale, width and height', async () => {
    const server = await closing(startAutomatic1111Server({ respond: picture }));
    expect(await sweepOver({ provider: 'automatic1111', baseURL: server.url })).toEqual([]);
    const schema = z.object({ cfg_scale: z.number(), width: z.number(), height: z.number() });
    const own = { cfg_scale: 7, width: 64, height: 64 };
    expectAsked(server, '/sdapi/v1/txt2img', schema, [
      own,
      own,
      { ...own, cfg_scale: 3 },
      { ...own, width: 32, height: 48 },
    ]);
  });

  it('openai-compatible gets guidance_scale and size', async () => {
    const server = await closing(startOpenaiServer({ image: picture }));
    await sweepOver({ provider: 'openai-compatible', baseURL: `${server.url}/v1`, model: 't2i' });
    const schema = z.object({ size: z.string(), guidance_scale: z.number() });
    const own = { size: '64x64', guidance_scale: 7 };
    expectAsked(server, '/v1/images/generations', schema, [
      own,
      own,
      { ...own, guidance_scale: 3 },
      { ...own, size: '32x48' },
    ]);
  });

  it('comfyui gets what its workflow has a place for, and the rest is told before', async () => {
    const server = await closing(startComfyuiServer({ respond: picture }));
    const workflow = {
      '1': { class_type: 'Text', inputs: { text: '{{prompt}}' } },
      '2': {
        class_type: 'EmptyLatentImage',
        inputs: { width: '{{width}}', height: '{{height}}', seed: '{{seed}}' },
      },
      '3': { class_type: 'SaveImage', inputs: { images: ['2', 0] } },
    };
    const target = { provider: 'comfyui', baseURL: server.url, workflow: 'workflow.json' };
    expect(await sweepOver(target, { 'workflow.json': workflow })).toEqual([
      'The sweep over guidance will draw the same under its setting as without it: the workflow has no {{guidance}}.',
    ]);
    const schema = z
      .looseObject({
        prompt: z.looseObject({
          '2': z.object({ inputs: z.object({ width: z.number(), height: z.number() }) }),
        }),
      })
      .transform(({ prompt }) => prompt['2'].inputs);
    const own = { width: 64, height: 64 };
    expectAsked(server, '/prompt', schema, [own, own, own, { width: 32, height: 48 }]);
  });
});
