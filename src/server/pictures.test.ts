import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { undecodablePng } from '../../test/support/damaged-pictures.ts';
import { plainPng } from '../../test/support/pictures.ts';
import { contentHash } from '../store/content-hash.ts';
import type { ImageKey, ImageStore } from '../store/image-store.ts';
import { Pictures } from './pictures.ts';
import { refusalOf } from './refusal.ts';

/** Images in memory; counts how often each is read, and how many at once. */
class MemoryImages implements Pick<ImageStore, 'put' | 'get' | 'locate'> {
  readonly reads: string[] = [];
  readonly #bytes = new Map<string, Uint8Array>();

  async put({ hash }: ImageKey, bytes: Uint8Array) {
    this.#bytes.set(hash, bytes);
  }

  async get({ hash }: ImageKey) {
    this.reads.push(hash);
    const bytes = this.#bytes.get(hash);
    if (bytes === undefined) throw new Error('missing');
    return bytes;
  }

  locate({ hash }: ImageKey) {
    return hash;
  }
}

async function stored(
  images: Pick<ImageStore, 'put'>,
  bytes: Uint8Array,
  mediaType = 'image/png',
): Promise<ImageKey> {
  const key = { hash: contentHash(bytes), mediaType };
  await images.put(key, bytes);
  return key;
}

describe('Pictures', () => {
  it('makes a WebP of at most 256 pixels a side, once', async () => {
    const images = new MemoryImages();
    const key = await stored(images, plainPng(1_024, 512));
    const pictures = new Pictures(images);
    const [one, two] = await Promise.all([pictures.thumbnail(key), pictures.thumbnail(key)]);
    expect(one?.mediaType).toBe('image/webp');
    expect(two).toEqual(one);
    await pictures.thumbnail(key);
    expect(images.reads).toHaveLength(1);
    const { width, height, format } = await sharp(one?.bytes).metadata();
    expect({ width, height, format }).toEqual({ width: 256, height: 128, format: 'webp' });
  });

  it('leaves a small picture as small as it is', async () => {
    const images = new MemoryImages();
    const small = await new Pictures(images).thumbnail(await stored(images, plainPng(40, 30)));
    expect(await sharp(small?.bytes).metadata()).toMatchObject({ width: 40, height: 30 });
  });

  it('forgets the oldest when they come to too much', async () => {
    const images = new MemoryImages();
    const first = await stored(images, plainPng(64, 64));
    const second = await stored(images, plainPng(65, 64));
    const size = (await new Pictures(images).thumbnail(first))?.bytes.byteLength ?? 0;
    images.reads.length = 0;
    const pictures = new Pictures(images, Math.ceil(size * 1.5));
    for (const key of [first, second, first]) await pictures.thumbnail(key);
    expect(images.reads).toEqual([first.hash, second.hash, first.hash]);
  });

  it('decodes no bomb', async () => {
    const images = new MemoryImages();
    const key = await stored(images, plainPng(30_000, 30_000));
    await expect(new Pictures(images).thumbnail(key)).rejects.toThrow(/pixel limit/);
  });

  it('refuses what cannot be decoded as a picture that is gone', async () => {
    const images = new MemoryImages();
    const key = await stored(images, undecodablePng());
    const error: unknown = await new Pictures(images).thumbnail(key).catch((thrown: unknown) => thrown);
    expect(refusalOf(error)).toMatchObject({ status: 404, code: 'IMAGE_MISSING' });
  });

  it('sends the picture as it was stored, with the type that was stored, and pictures alone', async () => {
    const images = new MemoryImages();
    const bytes = plainPng(32, 32);
    const pictures = new Pictures(images);
    const full = await pictures.full(await stored(images, bytes));
    expect(Buffer.from(full?.bytes ?? []).equals(bytes)).toBe(true);
    expect(full?.mediaType).toBe('image/png');
    const page = await stored(images, Buffer.from('<script>1</script>'), 'text/html');
    expect(await pictures.full(page)).toBeUndefined();
    expect(await pictures.thumbnail(page)).toBeUndefined();
    const drawing = await stored(images, Buffer.from('<svg/>'), 'image/svg+xml');
    expect(await pictures.full(drawing)).toBeUndefined();
  });
});
