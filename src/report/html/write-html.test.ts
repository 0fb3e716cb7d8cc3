import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { undecodablePng } from '../../../test/support/damaged-pictures.ts';
import { blurPicture } from '../../judges/redraw-picture.ts';
import { openSmallStore, type SmallStore } from '../../server/server-fixtures.ts';
import { contentHash } from '../../store/content-hash.ts';
import { type CampaignRow, type ImageRow, images } from '../../store/schema.ts';
import { buildReport } from '../build-report.ts';
import type { ReportModel } from '../report-model.ts';
import type { ReportFile } from '../view-model.ts';
import { readAppAssets } from './app-assets.ts';
import { choosePictures } from './choose-pictures.ts';
import { type FileNote, type HtmlOptions, type HtmlSource, writeHtml } from './write-html.ts';

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

async function size(change: Partial<HtmlSource> = {}, options: HtmlOptions = {}): Promise<number> {
  const source = { reports: [report], campaigns: [small.campaign], store: small.store, ...change };
  return Buffer.byteLength(await writeHtml(source, { assets, createdAt, ...options }));
}

/** A campaign that has nothing yet, so that its part of the file is as small as it gets. */
function nothingOf(): CampaignRow {
  return { ...small.campaign, id: 'begun' };
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

  it('says how many pictures were not kept, and holds the copies of those that were blurred', async () => {
    const own = await openSmallStore();
    try {
      const { database, images: files } = own.store;
      const stored = await database.select().from(images).orderBy(images.hash);
      const [first, second] = stored.filter(({ kept }) => kept === 'full');
      if (first === undefined || second === undefined) throw new Error('there are too few pictures');
      const copy = await blurPicture(await files.get(first));
      const keptHash = contentHash(copy);
      await files.put({ hash: keptHash, mediaType: 'image/webp' }, copy);
      const leave = (hash: string, change: Partial<ImageRow>) =>
        database.update(images).set(change).where(eq(images.hash, hash));
      await leave(first.hash, { kept: 'blurred', keptHash });
      await leave(second.hash, { kept: 'none' });
      await files.delete(first);
      await files.delete(second);
      const file = await write({ store: own.store, images: 'full' });
      const [bundle] = file.campaigns;
      expect(Object.keys(bundle?.thumbnails ?? {})).toContain(first.hash);
      expect(Object.keys(bundle?.thumbnails ?? {})).not.toContain(second.hash);
      expect(bundle?.leftOut).toEqual(['1 picture was not kept (retention).']);
    } finally {
      await own.remove();
    }
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

  it.each(['full', 'none'] as const)(
    'stays below its size, and says what it leaves out (%s)',
    async (images) => {
      const whole = await size({ images: 'none' });
      const least = await size({ images: 'none', campaigns: [nothingOf()] });
      for (const share of [0.9, 0.5, 0.2, 0]) {
        const largest = Math.ceil(least + 1_000 + share * (whole - least));
        const notes: FileNote[] = [];
        const source = { images, onNote: (note: FileNote) => notes.push(note) };
        expect(await size(source, { largest })).toBeLessThanOrEqual(largest);
        const leftOut = (await write({ images }, { largest })).campaigns[0]?.leftOut?.join(' ');
        expect(leftOut).toMatch(/without a finding are not told of here|not told of here|pictures are in/);
        expect(notes).toEqual([{ kind: 'left out', campaign: 'small', message: leftOut }]);
      }
    },
  );

  it('says where it is too large all the same', async () => {
    const notes: FileNote[] = [];
    await write({ images: 'none', onNote: (note) => notes.push(note) }, { largest: 1_000 });
    expect(notes.at(-1)).toMatchObject({
      kind: 'too large',
      message: expect.stringMatching(/^The report comes to \d+\.\d MB, more than the 0\.0 MB/),
    });
    notes.length = 0;
    await write({ images: 'none', onNote: (note) => notes.push(note) });
    expect(notes).toEqual([]);
  });

  it('gives one campaign the room that another leaves', async () => {
    const two = {
      images: 'none' as const,
      reports: [report, report],
      campaigns: [nothingOf(), small.campaign],
    };
    const largest = (await size(two)) + 2_100;
    expect((await write(two, { largest })).campaigns.map(({ leftOut }) => leftOut)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('is written though pictures are missing or cannot be decoded', async () => {
    const other = await openSmallStore();
    const { images } = other.store;
    const get = async () => undecodablePng();
    const source = { reports: [report], campaigns: [other.campaign], images: 'full' as const };
    try {
      const damaged = { ...other.store, images: { ...images, get } };
      const text = await writeHtml({ ...source, store: damaged }, { assets, createdAt });
      expect(text).toMatch(/0 of 24 pictures are in this file.*24 pictures could not be read/);
      await rm(join(other.store.dataDir, 'images'), { recursive: true });
      expect(await writeHtml({ ...source, store: other.store }, { assets, createdAt })).toContain('0 of ');
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
