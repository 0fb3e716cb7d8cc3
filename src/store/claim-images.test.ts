import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { claimImages, moveImages } from './claim-images.ts';
import { contentHash } from './content-hash.ts';
import { FolderImageStore } from './folder-image-store.ts';
import type { Store } from './open-store.ts';
import { imagePlaces, images } from './schema.ts';
import { openTemporaryStore, type TemporaryStore, temporaryFolder } from './store-fixtures.ts';

const opened: TemporaryStore[] = [];
const folders: string[] = [];
afterAll(async () => {
  for (const { remove } of opened) await remove();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

let own: Store;
let elsewhere: Store;
let other: Store;
beforeEach(async () => {
  const temporary = opened[0] ?? (await openTemporaryStore());
  if (opened.length === 0) opened.push(temporary);
  own = temporary.store;
  await own.database.delete(imagePlaces);
  await own.database.delete(images);
  const folder = temporaryFolder();
  folders.push(folder);
  elsewhere = { ...own, images: new FolderImageStore(join(folder, 'one')) };
  other = { ...own, images: new FolderImageStore(join(folder, 'other')) };
});

const refused = { code: 'IMAGES_ELSEWHERE', exitCode: 2 };

/** As when a campaign has stored a picture. */
async function storePicture(store: Store): Promise<void> {
  const bytes = Buffer.from('a picture');
  const key = { hash: contentHash(bytes), mediaType: 'image/png' };
  await store.images.put(key, bytes);
  await store.database.insert(images).values({ ...key, width: 1, height: 1, byteLength: bytes.length });
}

describe('the place of the images', () => {
  it('is claimed once, and is anybody’s who comes to the same one', async () => {
    await claimImages(elsewhere);
    await storePicture(elsewhere);
    await claimImages(elsewhere);
    expect(await Array.fromAsync(elsewhere.images.list())).toHaveLength(1);
  });

  it('is no other one, once there are pictures; both are named', async () => {
    await claimImages(elsewhere);
    await storePicture(elsewhere);
    for (const wrong of [other, own]) await expect(claimImages(wrong)).rejects.toMatchObject(refused);
    await expect(claimImages(other)).rejects.toThrow(elsewhere.images.location);
    await expect(claimImages(other)).rejects.toThrow(other.images.location);
    expect(await other.images.readMarker()).toBeUndefined();
  });

  it('is the data folder, without a marker in it, where nothing else was asked for', async () => {
    await claimImages(own);
    await storePicture(own);
    await claimImages(own);
    expect(await own.images.readMarker()).toBeUndefined();
    await expect(claimImages(elsewhere)).rejects.toMatchObject(refused);
  });

  it('may be another one while there are no pictures; who still uses the first is told', async () => {
    await claimImages(elsewhere);
    await claimImages(other);
    await storePicture(other);
    await expect(claimImages(elsewhere)).rejects.toMatchObject(refused);
  });

  it('is not that of another database', async () => {
    await claimImages(elsewhere);
    await own.database.delete(imagePlaces);
    await expect(claimImages(elsewhere)).rejects.toThrow(/another database/);
  });

  it('is found out where a database does not know it yet: where its pictures are', async () => {
    await storePicture(elsewhere);
    await expect(claimImages(other)).rejects.toMatchObject(refused);
    await claimImages(elsewhere);
    await expect(claimImages(other)).rejects.toMatchObject(refused);
  });

  it('is moved where every picture has been moved', async () => {
    await claimImages(elsewhere);
    await storePicture(elsewhere);
    await expect(moveImages(other)).rejects.toThrow('1 of 1 pictures');
    const { hash } = (await own.database.select().from(images))[0] ?? { hash: '' };
    const key = { hash, mediaType: 'image/png' };
    await other.images.put(key, await elsewhere.images.get(key));
    await moveImages(other);
    await claimImages(other);
    await expect(claimImages(elsewhere)).rejects.toMatchObject(refused);
  });
});
