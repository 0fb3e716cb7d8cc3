import { utimesSync, writeFileSync } from 'node:fs';
import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningS3Server, startS3Server } from '../../test/servers/s3-server.ts';
import { setConversationStatus } from './campaigns.ts';
import { collectGarbage, type GarbageOptions } from './collect-garbage.ts';
import { contentHash } from './content-hash.ts';
import { StoredEmbeddings } from './embeddings.ts';
import type { ImageKey, ImageStore } from './image-store.ts';
import { openImages } from './open-images.ts';
import type { Store } from './open-store.ts';
import { campaigns, images } from './schema.ts';
import { openTemporaryStore, storeCampaign, type TemporaryStore, turnOf } from './store-fixtures.ts';
import { insertTurn } from './turns.ts';

const HOUR = 3_600_000;

let temporary: TemporaryStore;
let s3: RunningS3Server | undefined;
beforeEach(async () => {
  temporary = await openTemporaryStore();
});
afterEach(async () => {
  await temporary.remove();
  await s3?.close();
  s3 = undefined;
});

function collect(store: Store, options: Partial<GarbageOptions> = {}) {
  const blur = async () => undefined;
  return collectGarbage(store, { blur, graceMs: HOUR, now: Date.now, ...options });
}
async function put(store: Store, text: string): Promise<ImageKey> {
  const bytes = Buffer.from(text);
  const key = { hash: contentHash(bytes), mediaType: 'image/png' };
  await store.images.put(key, bytes);
  return key;
}
/** A picture that a turn of a campaign refers to. */
async function referred(store: Store, text: string, retention = 'full'): Promise<ImageKey> {
  const key = await put(store, text);
  const [conversation] = await storeCampaign(store.database, text, 1, { config: { retention } });
  if (conversation === undefined) throw new Error('no conversation');
  const image = { ...key, width: 1, height: 1, byteLength: text.length };
  await insertTurn(store.database, turnOf(conversation, 0, { image }));
  await setConversationStatus(store.database, conversation.id, { status: 'done' });
  return key;
}
async function isThere({ images: store }: { readonly images: ImageStore }, key: ImageKey): Promise<boolean> {
  return await store.get(key).then(
    () => true,
    () => false,
  );
}
/** Makes files two hours older. */
function age({ images: store }: Store, ...keys: readonly ImageKey[]): void {
  const then = new Date(Date.now() - 2 * HOUR);
  for (const key of keys) utimesSync(store.locate(key), then, then);
}

describe('collectGarbage', () => {
  it('removes what nothing refers to and is old, and says so beforehand', async () => {
    const { store } = temporary;
    const wanted = await referred(store, 'wanted');
    const dropped = await referred(store, 'let go of', 'scores-only');
    const orphan = await put(store, 'an orphan');
    const young = await put(store, 'a young orphan');
    const draft = `${store.images.locate(orphan)}.0b0f3a6e-0c0b-4a3a-9a38-0d3a0e1c5f11.draft`;
    writeFileSync(draft, 'half');
    age(store, wanted, dropped, orphan);
    utimesSync(draft, 0, 0);
    // A row that nothing refers to, with a vector, and no file any more.
    const loose = { hash: 'ef'.repeat(32), mediaType: 'image/png' };
    await store.database.insert(images).values({ ...loose, width: 1, height: 1, byteLength: 5 });
    const embeddings = new StoredEmbeddings();
    embeddings.attach(store.database);
    const vector = new Float32Array([1]);
    await embeddings.write('clip', new Map([wanted, dropped, loose].map(({ hash }) => [hash, vector])));

    const expected = {
      images: { count: 2, bytes: 'let go of'.length + 'an orphan'.length },
      drafts: { count: 1, bytes: 4 },
      rows: 1,
      young: { count: 1, bytes: 'a young orphan'.length },
      kept: { count: 1, bytes: 'wanted'.length },
    };
    expect(await collect(store, { dryRun: true })).toMatchObject(expected);
    expect(await isThere(store, orphan)).toBe(true);
    expect(await collect(store)).toEqual({ ...expected, embeddings: 2 });
    expect(await Promise.all([wanted, dropped, orphan, young].map((key) => isThere(store, key)))).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect([
      ...(
        await embeddings.read(
          'clip',
          [wanted, dropped, loose].map(({ hash }) => hash),
        )
      ).keys(),
    ]).toEqual([wanted.hash]);
    expect((await store.database.select().from(images)).map(({ hash }) => hash).toSorted()).toEqual(
      [wanted.hash, dropped.hash].toSorted(),
    );
    // A second time there is nothing.
    expect(await collect(store)).toMatchObject({ images: { count: 0 }, drafts: { count: 0 }, rows: 0 });
  });

  it('keeps blurred copies as long as something refers to the picture', async () => {
    const { store } = temporary;
    const key = await referred(store, 'blurred', 'blurred');
    const copy = await put(store, 'the copy');
    const file = { hash: copy.hash, mediaType: 'image/webp' };
    await store.images.put(file, Buffer.from('the copy'));
    await store.images.delete(copy);
    await store.images.delete(key);
    await store.database
      .update(images)
      .set({ kept: 'blurred', keptHash: copy.hash, droppedAt: new Date() })
      .where(eq(images.hash, key.hash));
    age(store, file);
    expect(await collect(store)).toMatchObject({ images: { count: 0 }, kept: { count: 1 } });
    await store.database.delete(campaigns);
    expect(await collect(store)).toMatchObject({ images: { count: 1 }, rows: 1 });
    expect(await isThere(store, file)).toBe(false);
  });

  it('refuses where the database knows nothing of most of the pictures', async () => {
    const { store } = temporary;
    const kept = await referred(store, 'wanted');
    const strangers = await Promise.all(
      Array.from({ length: 101 }, (_, number) => put(store, `of others ${number}`)),
    );
    age(store, kept, ...strangers);
    await expect(collect(store)).rejects.toMatchObject({ code: 'IMAGES_OF_OTHERS', exitCode: 2 });
    await expect(collect(store, { dryRun: true })).rejects.toMatchObject({ code: 'IMAGES_OF_OTHERS' });
    expect(await collect(store, { force: true })).toMatchObject({ images: { count: 101 } });
    expect(await isThere(store, kept)).toBe(true);
  });

  it('does the same in an object store, also one whose listings are stale', async () => {
    s3 = await startS3Server({ staleBy: 2, pageSize: 2 });
    for (const [name, value] of Object.entries(s3.env)) process.env[name] = value;
    const store: Store = { ...temporary.store, images: openImages(temporary.folder, s3.imagesUrl()) };
    const kept = await referred(store, 'wanted');
    const orphans = await Promise.all([1, 2, 3, 4, 5].map((number) => put(store, `orphan ${number}`)));
    const later = () => Date.now() + 2 * HOUR;
    // The two that have come last are not listed yet, and stay until the next time.
    const first = await collect(store, { now: later });
    expect(first.images.count).toBe(3);
    const second = await collect(store, { now: later });
    expect(second.images.count).toBeGreaterThanOrEqual(2);
    expect(await Promise.all(orphans.map((key) => isThere(store, key)))).toEqual(orphans.map(() => false));
    expect(await isThere(store, kept)).toBe(true);
  });
});
