import { describe, expect, it } from 'vitest';
import type { GalleryImage } from '../../../src/report/view-model.ts';
import { galleryImage } from './gallery-fixtures.ts';
import { PAGE_SIZE, PageCache } from './page-cache.ts';

function cacheOf(images: readonly GalleryImage[]) {
  const asked: number[] = [];
  const cache = new PageCache(async (offset, limit) => {
    asked.push(offset);
    return { total: images.length, offset, images: images.slice(offset, offset + limit) };
  });
  return { cache, asked };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const many = Array.from({ length: 10_000 }, (_, index) => galleryImage({ turn: index }));

describe('PageCache', () => {
  it('asks for the pages that are looked at, each once', async () => {
    const { cache, asked } = cacheOf(many);
    cache.need(0, 30);
    await settled();
    expect(cache.snapshot().total).toBe(10_000);
    cache.need(PAGE_SIZE - 5, PAGE_SIZE + 5);
    cache.need(PAGE_SIZE - 5, PAGE_SIZE + 5);
    await settled();
    expect(asked).toEqual([0, PAGE_SIZE]);
    expect(cache.snapshot().at(PAGE_SIZE + 3)?.turn).toBe(PAGE_SIZE + 3);
    expect(cache.snapshot().at(5_000)).toBeUndefined();
  });

  it('keeps so many pages and no more', async () => {
    const { cache } = cacheOf(many);
    for (let index = 0; index < 10_000; index += PAGE_SIZE) {
      cache.need(index, index);
      await settled();
    }
    const known = many.filter((_, index) => cache.snapshot().at(index) !== undefined).length;
    expect(known).toBeLessThanOrEqual(60 * PAGE_SIZE);
    expect(cache.snapshot().at(9_999)?.turn).toBe(9_999);
  });

  it('tells of a failure, and asks again', async () => {
    let works = false;
    const cache = new PageCache(async (offset) => {
      if (!works) throw new Error('The server does not answer.');
      return { total: 1, offset, images: [galleryImage()] };
    });
    cache.need(0, 0);
    await settled();
    expect(cache.snapshot().error?.message).toBe('The server does not answer.');
    works = true;
    cache.retry();
    await settled();
    expect(cache.snapshot()).toMatchObject({ error: undefined, total: 1 });
  });

  it('shows what was there before until the new page has come', async () => {
    const { cache: before } = cacheOf([galleryImage({ prompt: 'before' })]);
    before.need(0, 0);
    await settled();
    const { cache } = cacheOf([galleryImage({ prompt: 'after' })]);
    cache.follow(before);
    expect(cache.snapshot().at(0)?.prompt).toBe('before');
    cache.need(0, 0);
    await settled();
    expect(cache.snapshot().at(0)?.prompt).toBe('after');
  });

  it('puts an image with new labels in the place of the old', async () => {
    const { cache } = cacheOf(many.slice(0, 3));
    cache.need(0, 2);
    await settled();
    cache.replace(galleryImage({ turn: 1, prompt: 'changed' }));
    expect([0, 1, 2].map((index) => cache.snapshot().at(index)?.prompt === 'changed')).toEqual([
      false,
      true,
      false,
    ]);
  });
});
