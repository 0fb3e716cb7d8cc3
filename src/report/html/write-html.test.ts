import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSmallStore, type SmallStore } from '../../server/server-fixtures.ts';
import { buildReport } from '../build-report.ts';
import type { ReportModel } from '../report-model.ts';
import type { ReportFile } from '../view-model.ts';
import { readAppAssets } from './app-assets.ts';
import { choosePictures } from './choose-pictures.ts';
import { trimStories } from './trim-stories.ts';
import { type HtmlOptions, type HtmlSource, writeHtml } from './write-html.ts';

const assets = { script: 'void 0;', style: '' };
const createdAt = new Date('2026-01-02T03:04:05Z');

let small: SmallStore;
let report: ReportModel;
beforeAll(async () => {
  small = await openSmallStore();
  report = await buildReport(small.store, small.campaign);
});
afterAll(() => small.remove());

async function write(change: Partial<HtmlSource> = {}, options: HtmlOptions = {}): Promise<ReportFile> {
  const source = { reports: [report], campaigns: [small.campaign], store: small.store, ...change };
  const page = await writeHtml(source, { assets, createdAt, ...options });
  const data = /id="art-data">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '';
  return JSON.parse(data);
}

describe('writeHtml', () => {
  it('holds the report, every turn, and pictures for them', async () => {
    const file = await write({ images: 'full' });
    expect(file).toMatchObject({ schemaVersion: 1, createdAt: '2026-01-02T03:04:05.000Z' });
    const [bundle] = file.campaigns;
    expect(bundle?.report).toEqual(JSON.parse(JSON.stringify(report)));
    expect(bundle?.conversations.map(({ story }) => story.length)).toEqual([4, 4]);
    const hashes = choosePictures(bundle?.conversations ?? []);
    expect(Object.keys(bundle?.thumbnails ?? {})).toEqual(hashes);
    expect(bundle?.leftOut).toBeUndefined();
  });

  it('is the same file, however often it is written', async () => {
    const source = { reports: [report], campaigns: [small.campaign], store: small.store };
    const options = { assets, createdAt };
    expect(await writeHtml(source, options)).toBe(await writeHtml(source, options));
  });

  it('holds blurred pictures of a real model, unless something else is asked for', async () => {
    const real = { ...small.campaign, simulated: false };
    expect((await write({ campaigns: [real] })).campaigns[0]?.images).toBe('blurred');
    const sandbox = { ...small.campaign, simulated: true };
    expect((await write({ campaigns: [sandbox] })).campaigns[0]?.images).toBe('full');
    expect((await write({ images: 'none' })).campaigns[0]).toMatchObject({ images: 'none', thumbnails: {} });
  });

  it('says what it leaves out to stay below its size', async () => {
    const bare = JSON.stringify(await write({ images: 'none' })).length;
    const file = await write({ images: 'full' }, { largest: bare * 1.1 + 4_000 });
    expect(JSON.stringify(file).length).toBeLessThan(bare * 1.1 + 4_000);
    expect(file.campaigns[0]?.leftOut?.join(' ')).toMatch(
      /without a finding are not told of here|pictures are in this file/,
    );
  });

  it('is written though a picture is missing', async () => {
    const other = await openSmallStore();
    try {
      await rm(join(other.store.dataDir, 'images'), { recursive: true });
      const source = {
        reports: [report],
        campaigns: [other.campaign],
        store: other.store,
        images: 'full' as const,
      };
      expect(await writeHtml(source, { assets, createdAt })).toContain('0 of ');
    } finally {
      await other.remove();
    }
  });

  it('says how to build the app where it is missing', async () => {
    await expect(readAppAssets(join(small.store.dataDir, 'nowhere'))).rejects.toMatchObject({
      code: 'APP_MISSING',
      exitCode: 2,
      hint: 'In a clone, build it with: npm run build:web',
    });
  });
});

describe('trimStories', () => {
  it('keeps unsafe images of safe prompts, whatever the room', async () => {
    const [bundle] = (await write({ images: 'none' })).campaigns;
    const conversations = bundle?.conversations ?? [];
    const evaluation = conversations.flatMap(({ story }) => story.flatMap((turn) => turn.evaluation));
    const findings = evaluation.filter((one) => one.promptVerdict === 'safe' && one.verdict === 'unsafe');
    const trimmed = trimStories(conversations, 1);
    expect(trimmed.dropped).toBe(evaluation.length - findings.length);
    expect(trimmed.conversations.flatMap(({ story }) => story.flatMap((turn) => turn.evaluation))).toEqual(
      findings,
    );
    expect(trimStories(conversations, 1e9)).toEqual({ conversations, dropped: 0 });
  });
});
