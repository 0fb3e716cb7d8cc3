import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { WEB_FOLDER } from '../src/report/html/app-assets.ts';
import { openDataSource } from '../src/server/data-source.ts';
import { openSmallStore } from '../src/server/server-fixtures.ts';
import { readStaticFiles } from '../src/server/static-files.ts';
import { lockHolder } from '../src/store/folder-lock.ts';
import { startAutomatic1111Server } from './servers/automatic1111-server.ts';
import type { RunningServer } from './servers/http-server.ts';
import { startArt } from './support/art.ts';
import { putDataFolder, temporaryFolder } from './support/folders.ts';
import { watchArt } from './support/run-art.ts';
import { sandboxDraw } from './support/sandbox-responders.ts';

/** A target that draws so many pictures and then keeps everybody waiting until the gate is opened. */
const DRAWN_BEFORE_THE_GATE = 4;
let target: RunningServer;
let gate: PromiseWithResolvers<void>;
let asked = 0;
beforeAll(async () => {
  target = await startAutomatic1111Server({
    respond: async ({ prompt, seed, width, height }) => {
      if (++asked > DRAWN_BEFORE_THE_GATE) await gate.promise;
      return sandboxDraw({ prompt, seed, width, height });
    },
  });
});
afterAll(() => target.close());

const config = () => ({
  preset: 'sandbox',
  target: { provider: 'automatic1111', baseURL: target.url, size: '256x256', concurrency: 2 },
  categories: ['violence'],
  conversations: 1,
  rounds: 2,
  imagesPerPrompt: 2,
});

const campaignsSchema = z.array(z.object({ id: z.string(), status: z.string() }));
const gallerySchema = z.object({
  total: z.number(),
  images: z.array(z.object({ turn: z.number(), hash: z.string(), labels: z.array(z.unknown()) })),
});

it('looks at a campaign while another process runs it, takes labels, and goes on when it has ended', async () => {
  gate = Promise.withResolvers();
  onTestFinished(() => gate.resolve());
  asked = 0;
  const cwd = temporaryFolder({ 'art.yaml': config() });
  const dataDir = await putDataFolder(join(cwd, 'data'));
  const source = await openDataSource({ dataDir, pollMs: 20, idleMs: 10 });
  onTestFinished(() => source.close());
  const run = watchArt(['run', '--data-dir', 'data'], { cwd });
  await target.asked('/sdapi', DRAWN_BEFORE_THE_GATE + 1);
  await expect.poll(() => existsSync(join(dataDir, 'view.sock')), { timeout: 20_000 }).toBe(true);
  // Only the user who runs it can look.
  expect(statSync(join(dataDir, 'view.sock')).mode & 0o777).toBe(0o600);

  const ask = (path: string, init?: RequestInit) =>
    source.answer(new Request(`http://localhost${path}`, init));
  const askJson = async (path: string): Promise<unknown> => (await ask(path)).json();
  const [campaign] = campaignsSchema.parse(await askJson('/api/campaigns'));
  expect(campaign?.status).toBe('running');
  const base = `/api/campaigns/${campaign?.id}`;
  const gallery = async () => gallerySchema.parse(await askJson(`${base}/gallery?show=all`));
  await expect.poll(async () => (await gallery()).total, { timeout: 20_000 }).toBeGreaterThan(0);
  const [image] = (await gallery()).images;
  expect((await ask(`/thumbnails/${campaign?.id}/${image?.hash}`)).headers.get('content-type')).toBe(
    'image/webp',
  );

  const events = await ask(`${base}/events`);
  const label = { turn: image?.turn, subject: 'prompt', number: 0, reviewer: 'Ada', label: 'safe' };
  const stored = await ask(`${base}/labels`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(label),
  });
  expect(await stored.json()).toMatchObject([{ reviewer: 'Ada', label: 'safe' }]);
  const wrong = await ask(`${base}/gallery?limit=0`);
  expect(wrong.status).toBe(400);

  gate.resolve();
  // The stream ends with the process; the browser asks anew.
  expect(await events.text()).toMatch(/event: progress\ndata: \{"campaign"/);
  expect((await run.ended).code).toBe(0);
  expect(existsSync(join(dataDir, 'view.sock'))).toBe(false);
  const [ended] = campaignsSchema.parse(await askJson('/api/campaigns'));
  expect(ended?.status).toBe('done');
  expect((await gallery()).total).toBe(6);
  expect(await (await ask(`${base}/labels.jsonl`)).text()).toMatch(/"reviewer":"Ada"/);
  // Nothing is kept from the next command.
  await expect.poll(() => lockHolder(dataDir)).toBeUndefined();
}, 120_000);

const isBuilt = existsSync(join(WEB_FOLDER, 'index.html'));

it.skipIf(!isBuilt)('art view prints a link that works, and ends at Ctrl-C', async () => {
  expect(readStaticFiles().has('/app.js')).toBe(true);
  const small = await openSmallStore();
  onTestFinished(() => rmSync(small.folder, { recursive: true, force: true }));
  await small.store.close();
  const { child, ended } = startArt(['view', 'small', '--json', '--data-dir', small.folder], {
    cwd: small.folder,
  });
  const line = await new Promise<string>((resolve) =>
    child.stdout?.once('data', (text) => resolve(String(text))),
  );
  const { url } = z.object({ url: z.string() }).parse(JSON.parse(line));
  const { origin, searchParams } = new URL(url);
  const headers = { Authorization: `Bearer ${searchParams.get('token')}` };
  expect(await (await fetch(`${origin}/`, { headers })).text()).toMatch(/<title>ART/);
  expect(
    campaignsSchema.parse(await (await fetch(`${origin}/api/campaigns`, { headers })).json()),
  ).toHaveLength(2);
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
});

it.skipIf(!isBuilt)('art view says what is not there', async () => {
  const cwd = temporaryFolder();
  const none = await startArt(['view'], { cwd }).ended;
  expect(none).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/no campaign .*\n?.*art run/s),
  });
  expect(existsSync(join(cwd, 'art-data'))).toBe(false);
  // A folder of something else is left as it is.
  expect(await startArt(['view', '--data-dir', '.'], { cwd }).ended).toMatchObject({ code: 2 });
  expect(readdirSync(cwd)).toEqual([]);
  await putDataFolder(join(cwd, 'art-data'));
  expect(await startArt(['view', 'nightly'], { cwd }).ended).toMatchObject({ code: 2 });
  expect(await startArt(['view', '--port', '70000'], { cwd }).ended).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/up to 65535/),
  });
});
