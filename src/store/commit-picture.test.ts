import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setConversationStatus } from './campaigns.ts';
import { commitPicture } from './commit-picture.ts';
import { contentHash } from './content-hash.ts';
import { insertEvaluationImage } from './evaluation.ts';
import type { Database } from './open-store.ts';
import { images, type NewImage } from './schema.ts';
import { settleImages } from './settle-images.ts';
import { openTemporaryStore, storeCampaign, type TemporaryStore, turnOf } from './store-fixtures.ts';
import { insertTurn } from './turns.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

const blur = async (bytes: Uint8Array) => Buffer.concat([Buffer.from('blurred '), bytes]);

let count = 0;
/** A picture that has been put, and a conversation of a campaign that keeps as much. */
async function prepared(retention: string) {
  const { store } = temporary;
  const bytes = Buffer.from(`picture ${count++}`);
  const key = { hash: contentHash(bytes), mediaType: 'image/png' };
  const [conversation] = await storeCampaign(store.database, `campaign ${count}`, 1, {
    config: { retention },
  });
  if (conversation === undefined) throw new Error('no conversation');
  const image: NewImage = { ...key, width: 1, height: 1, byteLength: bytes.length };
  await store.images.put(key, bytes);
  const turn = (database: Database, more: Partial<NewImage> = {}) =>
    insertTurn(database, turnOf(conversation, 0, { image: { ...image, ...more } }));
  return { store, key, bytes, image, conversation, turn };
}
async function rowOf(hash: string) {
  const [row] = await temporary.store.database.select().from(images).where(eq(images.hash, hash));
  return row;
}

describe('commitPicture', () => {
  it('stores a picture again that was removed after it had been stored', async () => {
    const { store, key, bytes, turn } = await prepared('full');
    // Somebody removes it as nothing refers to it yet.
    await store.database.insert(images).values({ ...key, width: 0, height: 0, byteLength: 0, kept: 'none' });
    await settleImages(store, [key.hash], { blur });
    await expect(store.images.get(key)).rejects.toMatchObject({ code: 'IMAGE_MISSING' });

    await expect(turn(store.database)).rejects.toMatchObject({ code: 'IMAGE_DROPPED' });
    const { imageHash } = await commitPicture(store, { key, bytes }, (database) => turn(database));
    expect(imageHash).toBe(key.hash);
    expect(Buffer.from(await store.images.get(key))).toEqual(bytes);
    expect(await rowOf(key.hash)).toMatchObject({ kept: 'full', keptHash: null, droppedAt: null });
    // From here on somebody wants it.
    expect(await settleImages(store, [key.hash], { blur, seen: true })).toMatchObject({
      pictures: 0,
      gone: [],
    });
    expect(Buffer.from(await store.images.get(key))).toEqual(bytes);
  });

  it('leaves the row of a removed picture as it is where the commit fails', async () => {
    const { store, key, bytes } = await prepared('full');
    await store.database.insert(images).values({ ...key, width: 0, height: 0, byteLength: 0, kept: 'none' });
    const fail = async (database: Database) => {
      const [row] = await database.select().from(images).where(eq(images.hash, key.hash));
      if (row?.kept === 'full') throw new Error('another worker was faster');
      return await insertTurn(
        database,
        turnOf({ id: 0, campaignId: 'none' }, 0, { image: { ...key, width: 1, height: 1, byteLength: 1 } }),
      );
    };
    await expect(commitPicture(store, { key, bytes }, fail)).rejects.toThrow('another worker was faster');
    expect(await rowOf(key.hash)).toMatchObject({ kept: 'none' });
  });

  it('does the same for evaluation images, and puts up with a copy where nothing is to stay whole', async () => {
    const { store, key, bytes, image, turn } = await prepared('full');
    const stored = await commitPicture(store, { key, bytes }, (database) => turn(database));
    const row = (number: number) => ({
      number,
      seed: 1,
      outcome: 'drawn' as const,
      createdAt: stored.createdAt,
    });
    const entry = { turn: stored, verdicts: [], requests: [] };
    // What another campaign keeps whole stays whole.
    await insertEvaluationImage(store.database, { ...entry, row: row(0), image: { ...image, kept: 'none' } });
    expect(await rowOf(key.hash)).toMatchObject({ kept: 'full' });
    const other: NewImage = { ...image, hash: contentHash(Buffer.from('never written')) };
    await insertEvaluationImage(store.database, { ...entry, row: row(1), image: { ...other, kept: 'none' } });
    expect(await rowOf(other.hash)).toMatchObject({ kept: 'none', droppedAt: expect.any(Date) });
    await insertEvaluationImage(store.database, {
      ...entry,
      row: row(2),
      image: { ...other, kept: 'blurred', keptHash: 'ab'.repeat(32) },
    });
    expect(await rowOf(other.hash)).toMatchObject({ kept: 'blurred', keptHash: 'ab'.repeat(32) });
    await expect(
      insertEvaluationImage(store.database, { ...entry, row: row(3), image: other }),
    ).rejects.toMatchObject({ code: 'IMAGE_DROPPED' });
  });
});

describe('settleImages', () => {
  it('keeps what a conversation that has not ended needs, then a blurred copy', async () => {
    const { store, key, bytes, turn, conversation } = await prepared('blurred');
    await turn(store.database);
    expect(await settleImages(store, [key.hash], { blur })).toMatchObject({ pictures: 0 });
    expect(await rowOf(key.hash)).toMatchObject({ kept: 'full' });

    await end(conversation.id);
    expect(await settleImages(store, [key.hash], { blur })).toEqual({
      pictures: 1,
      bytes: bytes.length,
      blurred: 1,
      embeddings: 0,
      gone: [key.hash],
    });
    const row = await rowOf(key.hash);
    expect(row).toMatchObject({ kept: 'blurred', droppedAt: expect.any(Date) });
    await expect(store.images.get(key)).rejects.toMatchObject({ code: 'IMAGE_MISSING' });
    const copy = { hash: row?.keptHash ?? '', mediaType: 'image/webp' };
    expect(Buffer.from(await store.images.get(copy))).toEqual(Buffer.from(`blurred ${bytes}`));
    // A second time there is nothing left to do.
    expect(await settleImages(store, [key.hash], { blur })).toMatchObject({ pictures: 0, gone: [] });
  });

  it('keeps nothing of what no campaign keeps, and all of what one does', async () => {
    const one = await prepared('scores-only');
    await one.turn(one.store.database);
    await end(one.conversation.id);
    const two = await prepared('full');
    await insertTurn(two.store.database, turnOf(two.conversation, 0, { image: one.image }));
    expect(await settleImages(one.store, [one.key.hash], { blur })).toMatchObject({ pictures: 0 });

    const three = await prepared('scores-only');
    await three.turn(three.store.database);
    await end(three.conversation.id);
    expect(await settleImages(three.store, [three.key.hash], { blur })).toMatchObject({
      pictures: 1,
      blurred: 0,
    });
    expect(await rowOf(three.key.hash)).toMatchObject({ kept: 'none', keptHash: null });
  });

  it('keeps nothing of a picture that cannot be blurred', async () => {
    const { store, key, turn, conversation } = await prepared('blurred');
    await turn(store.database);
    await end(conversation.id);
    await settleImages(store, [key.hash], { blur: async () => undefined });
    expect(await rowOf(key.hash)).toMatchObject({ kept: 'none' });
    await expect(store.images.get(key)).rejects.toMatchObject({ code: 'IMAGE_MISSING' });
  });

  it('removes what a process that died had marked and left', async () => {
    const { store, key, turn, conversation } = await prepared('scores-only');
    await turn(store.database);
    await end(conversation.id);
    await store.database.update(images).set({ kept: 'none' }).where(eq(images.hash, key.hash));
    expect(await settleImages(store, [key.hash], { blur })).toMatchObject({ gone: [key.hash] });
    await expect(store.images.get(key)).rejects.toMatchObject({ code: 'IMAGE_MISSING' });
  });
});

async function end(conversationId: number): Promise<void> {
  await setConversationStatus(temporary.store.database, conversationId, { status: 'done' });
}
