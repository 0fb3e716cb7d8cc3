import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentHash } from './content-hash.ts';
import { FolderImageStore } from './folder-image-store.ts';
import { temporaryFolder } from './store-fixtures.ts';

let folder: string;
let store: FolderImageStore;
beforeEach(() => {
  folder = temporaryFolder();
  store = new FolderImageStore(folder);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function keyOf(bytes: Uint8Array, mediaType = 'image/png') {
  return { hash: contentHash(bytes), mediaType };
}
function files(): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

describe('FolderImageStore', () => {
  it('gives back the bytes that were put in, each content once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), async (contents) => {
        rmSync(folder, { recursive: true, force: true });
        const fresh = new FolderImageStore(folder);
        mkdirSync(folder);
        await Promise.all(contents.map((bytes) => fresh.put(keyOf(bytes), bytes)));
        for (const bytes of contents) {
          expect(Buffer.from(await fresh.get(keyOf(bytes))).equals(bytes)).toBe(true);
        }
        expect(files().toSorted()).toEqual(
          [...new Set(contents.map((bytes) => `${contentHash(bytes)}.png`))].toSorted(),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('names files by hash and kind', () => {
    const hash = 'ab'.repeat(32);
    expect(store.locate({ hash, mediaType: 'image/jpeg' })).toBe(join(folder, 'ab', `${hash}.jpg`));
    expect(store.locate({ hash, mediaType: 'image/tiff' })).toBe(join(folder, 'ab', `${hash}.tiff`));
    expect(store.locate({ hash, mediaType: 'image/bmp' })).toBe(join(folder, 'ab', `${hash}.bin`));
    expect(store.locate({ hash, mediaType: '../../evil' })).toBe(join(folder, 'ab', `${hash}.bin`));
  });

  it.each(['', '../../../etc/passwd', 'AB'.repeat(32), 'ab'.repeat(31), `${'ab'.repeat(32)}/..`])(
    'takes nothing for a hash that is none: %j',
    async (hash) => {
      await expect(store.put({ hash, mediaType: 'image/png' }, new Uint8Array(1))).rejects.toThrow(
        RangeError,
      );
      await expect(store.get({ hash, mediaType: 'image/png' })).rejects.toThrow(RangeError);
      expect(files()).toEqual([]);
    },
  );

  it('stores the same image from many sides at once, and from many stores', async () => {
    const bytes = Buffer.alloc(300_000, 7);
    const stores = [store, new FolderImageStore(folder), new FolderImageStore(folder)];
    await Promise.all(Array.from({ length: 30 }, (_, index) => stores[index % 3]?.put(keyOf(bytes), bytes)));
    expect(files()).toEqual([`${contentHash(bytes)}.png`]);
    expect(statSync(store.locate(keyOf(bytes))).size).toBe(300_000);
  });

  it('leaves no draft behind where an image cannot be stored', async () => {
    const bytes = Buffer.from('an image');
    // A folder under the image's name: renaming the draft over it fails.
    mkdirSync(join(store.locate(keyOf(bytes)), 'in the way'), { recursive: true });
    await expect(store.put(keyOf(bytes), bytes)).rejects.toThrow();
    expect(files()).toEqual([]);
  });

  it('says IMAGE_MISSING with the path', async () => {
    const key = keyOf(Buffer.from('never stored'));
    await expect(store.get(key)).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      message: expect.stringContaining(store.locate(key)),
      data: { path: store.locate(key) },
    });
  });

  it('says IMAGE_DAMAGED for whatever differs, and heals when the image is stored again', async () => {
    const bytes = Buffer.from('an image of some length');
    const key = keyOf(bytes);
    await store.put(key, bytes);
    const path = store.locate(key);
    const whole = readFileSync(path);
    const flipped = Buffer.from(whole);
    flipped[3] = (flipped[3] ?? 0) ^ 1;
    for (const damaged of [whole.subarray(0, 5), Buffer.alloc(0), flipped]) {
      writeFileSync(path, damaged);
      await expect(store.get(key)).rejects.toMatchObject({ code: 'IMAGE_DAMAGED' });
    }
    await store.put(key, bytes);
    expect(Buffer.from(await store.get(key))).toEqual(bytes);
    expect(readdirSync(dirname(path))).toEqual([`${key.hash}.png`]);
  });

  it('lists what is stored and drafts, and nothing else that lies there', async () => {
    const bytes = Buffer.from('an image');
    const key = keyOf(bytes);
    await store.put(key, bytes);
    const draft = `${key.hash.slice(0, 2)}/${key.hash}.png.0b0f3a6e-0c0b-4a3a-9a38-0d3a0e1c5f11.draft`;
    writeFileSync(join(folder, draft), 'half');
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    writeFileSync(join(folder, key.hash.slice(0, 2), 'notes.png'), 'mine');
    const listed = (await Array.fromAsync(store.list())).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(listed).toEqual([
      {
        name: `${key.hash.slice(0, 2)}/${key.hash}.png`,
        image: key,
        byteLength: 8,
        modifiedAt: statSync(store.locate(key)).mtime,
      },
      { name: draft, image: undefined, byteLength: 4, modifiedAt: expect.any(Date) },
    ]);
    await store.deleteDraft(draft);
    await store.delete(key);
    await store.delete(key);
    expect(files().toSorted()).toEqual(['notes.png', 'notes.txt']);
    await expect(store.deleteDraft('notes.txt')).rejects.toThrow(RangeError);
    expect(await Array.fromAsync(new FolderImageStore(join(folder, 'nowhere')).list())).toEqual([]);
  });

  it('writes an image again that is there: its time says when it was stored last', async () => {
    const bytes = Buffer.from('an image');
    const key = keyOf(bytes);
    await store.put(key, bytes);
    utimesSync(store.locate(key), 0, 0);
    await store.put(key, bytes);
    expect(statSync(store.locate(key)).mtimeMs).toBeGreaterThan(0);
  });

  it('writes an image again whose folder has been removed meanwhile', async () => {
    const bytes = Buffer.from('an image');
    await store.put(keyOf(bytes), bytes);
    rmSync(folder, { recursive: true });
    await store.put(keyOf(bytes), bytes);
    expect(Buffer.from(await store.get(keyOf(bytes)))).toEqual(bytes);
  });

  it('has a name in reports that holds no path of this machine', () => {
    const hash = 'ab'.repeat(32);
    const inFolder = new FolderImageStore(folder, 'images');
    expect(inFolder.pathInReports({ hash, mediaType: 'image/png' })).toBe(
      join('images', 'ab', `${hash}.png`),
    );
  });
});
