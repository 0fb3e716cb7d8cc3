import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eq } from 'drizzle-orm';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCampaign } from '../store/campaigns.ts';
import { contentHash } from '../store/content-hash.ts';
import { FolderImageStore } from '../store/folder-image-store.ts';
import { listCampaignImages } from '../store/retained-images.ts';
import { conversations, images, type KeptPicture } from '../store/schema.ts';
import { openTemporaryStore, type TemporaryStore } from '../store/store-fixtures.ts';
import { comparableReport, type FakeOptions, fakeModels, hiccup, planFake } from './campaign-fixtures.ts';
import { workOnCampaign } from './work-on-campaign.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

/** Every image that is put into the store, in order. */
class WatchedImages extends FolderImageStore {
  readonly put_: string[] = [];
  override async put(key: Parameters<FolderImageStore['put']>[0], bytes: Uint8Array): Promise<void> {
    this.put_.push(key.hash);
    await super.put(key, bytes);
  }
}

async function run(config: Readonly<Record<string, unknown>>, options: FakeOptions = {}, id?: string) {
  const { store } = temporary;
  const made = await fakeModels({ ...options, config });
  const planned = id ?? (await planFake(store, made)).id;
  const campaign = await findCampaign(store.database, planned);
  if (campaign === undefined) throw new Error('no such campaign');
  const watched = new WatchedImages(join(store.dataDir, 'images'));
  const outcome = await workOnCampaign({ ...store, images: watched }, campaign, {
    ...made,
    stop: new AbortController().signal,
  });
  const hashes = await listCampaignImages(store.database, planned);
  return { id: planned, outcome, put: watched.put_, hashes };
}

/** Every file below the images, with what it is. */
function filesOnDisk(): string[] {
  const folder = join(temporary.folder, 'images');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(folder, name)).isFile());
}
async function keptOf(hashes: readonly string[]): Promise<Set<KeptPicture>> {
  const rows = await temporary.store.database.select().from(images);
  return new Set(rows.filter(({ hash }) => hashes.includes(hash)).map(({ kept }) => kept));
}
/** The report, whatever it says of files and of what is kept. */
async function reportOf(id: string): Promise<unknown> {
  const report = await comparableReport(temporary.store, id);
  return JSON.parse(JSON.stringify(report), (key, value: unknown) =>
    key === 'file' || key === 'kept' || key === 'retention' ? undefined : value,
  );
}

// One after the other: each starts from what the one before has left.
describe('retention', () => {
  it('scores-only draws and judges the same, and leaves no picture anywhere', async () => {
    const scores = await run({ retention: 'scores-only' });
    expect(scores.outcome.status).toBe('done');
    expect(scores.hashes.length).toBeGreaterThan(10);
    expect(filesOnDisk()).toEqual([]);
    expect(await keptOf(scores.hashes)).toEqual(new Set(['none']));
    // Evaluation images have never been on the disk: only what conversations needed.
    const turnImages = 2 * 3;
    expect(scores.put).toHaveLength(turnImages);

    const full = await run({});
    expect(await reportOf(full.id)).toEqual(await reportOf(scores.id));
    // The very same pictures, wanted whole by the second campaign.
    expect(full.hashes).toEqual(scores.hashes);
    expect(await keptOf(full.hashes)).toEqual(new Set(['full']));
    expect(filesOnDisk()).toHaveLength(full.hashes.length);
  });

  it('leaves alone what a campaign that keeps its pictures refers to', async () => {
    const again = await run({ retention: 'scores-only' });
    expect(await keptOf(again.hashes)).toEqual(new Set(['full']));
    expect(filesOnDisk()).toHaveLength(again.hashes.length);
  });

  it('blurred leaves copies in which nothing can be made out, and no picture', async () => {
    const before = new Set(filesOnDisk());
    const { hashes } = await run({ retention: 'blurred', seed: 8 });
    expect(await keptOf(hashes)).toEqual(new Set(['blurred']));
    const added = filesOnDisk().filter((name) => !before.has(name));
    expect(added.length).toBeGreaterThan(0);
    for (const name of added) {
      const bytes = readFileSync(join(temporary.folder, 'images', name));
      expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 14, height: 14 });
      expect(hashes).not.toContain(contentHash(bytes));
    }
  });

  it('keeps the pictures of a conversation until it has ended, for it may be resumed', async () => {
    const config = {
      retention: 'scores-only',
      seed: 9,
      imagesPerPrompt: 0,
      rounds: 3,
      categories: ['violence'],
      conversations: 1,
    };
    let asked = 0;
    const { id, outcome, hashes } = await run(config, {
      onCall: ({ role }) => {
        if (role === 'guide' && ++asked > 1) throw Object.assign(hiccup(), { retryable: false });
      },
    });
    expect(outcome.status).toBe('failed');
    expect(hashes).toHaveLength(2);
    expect(await keptOf(hashes)).toEqual(new Set(['full']));
    const resumed = await run(config, {}, id);
    expect(resumed.outcome.status).toBe('done');
    expect(await keptOf(resumed.hashes)).toEqual(new Set(['none']));
    expect(await reportOf(id)).toEqual(await reportOf((await run({ ...config, retention: 'full' })).id));
  });

  it('removes at its end what a process that was killed had stored and not committed', async () => {
    const { store, folder } = temporary;
    const config = { retention: 'scores-only', seed: 10, rounds: 1, imagesPerPrompt: 1 };
    const made = await fakeModels({ config });
    const { id } = await planFake(store, made);
    const lost = Buffer.from('a picture that nothing refers to');
    const key = { hash: contentHash(lost), mediaType: 'image/png' };
    await store.images.put(key, lost);
    const draft = `${store.images.locate(key)}.0b0f3a6e-0c0b-4a3a-9a38-0d3a0e1c5f11.draft`;
    writeFileSync(draft, 'half');
    const before = filesOnDisk().length;
    const { hashes } = await run(config, {}, id);
    expect(filesOnDisk()).toHaveLength(before - 2);
    expect(existsSync(draft) || existsSync(store.images.locate(key))).toBe(false);
    for (const hash of hashes)
      expect(existsSync(join(dirname(dirname(draft)), hash.slice(0, 2), `${hash}.png`))).toBe(false);
    expect(folder).toBe(store.dataDir);
  });

  it('fails the conversation, with the reason, whose picture was removed before its end', async () => {
    const config = { seed: 11, imagesPerPrompt: 0, rounds: 3, categories: ['violence'], conversations: 1 };
    let asked = 0;
    const { id, hashes } = await run(config, {
      onCall: ({ role }) => {
        if (role === 'guide' && ++asked > 1) throw Object.assign(hiccup(), { retryable: false });
      },
    });
    const { database } = temporary.store;
    for (const hash of hashes)
      await database.update(images).set({ kept: 'none' }).where(eq(images.hash, hash));
    const { outcome } = await run(config, {}, id);
    expect(outcome.status).toBe('failed');
    const [conversation] = await database
      .select()
      .from(conversations)
      .where(eq(conversations.campaignId, id));
    expect(conversation?.failure).toMatchObject({ code: 'IMAGE_NOT_KEPT' });
  });
});
