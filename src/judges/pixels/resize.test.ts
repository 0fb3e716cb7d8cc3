import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Picture } from '../picture.ts';
import { RESAMPLING_BY_NUMBER } from './filters.ts';
import { resizeLikePillow } from './resize.ts';

const FIXTURES = join(import.meta.dirname, '../../../test/fixtures');

const resampling = z.enum(['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming']);
const { cases } = z
  .object({ cases: z.array(z.tuple([z.string(), z.number(), z.number(), resampling, z.string()])) })
  .parse(JSON.parse(readFileSync(join(FIXTURES, 'expected/resize.json'), 'utf8')));
const casesByImage = Map.groupBy(cases, ([image]) => image);

describe('is equal to Pillow bit for bit', () => {
  test.each([...casesByImage])('%s', async (image, sizes) => {
    const pixels = await new Picture(readFileSync(join(FIXTURES, 'images', image))).pixels();
    for (const [, width, height, filter, digest] of sizes) {
      const resized = resizeLikePillow(pixels, width, height, filter);
      expect(resized).toMatchObject({ width, height });
      const found = createHash('sha256').update(resized.data).digest('hex').slice(0, 16);
      expect(found, `${width}x${height} ${filter}`).toBe(digest);
    }
  });
});

test('a picture that has the size already stays as it is', () => {
  const pixels = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  for (const filter of RESAMPLING_BY_NUMBER) expect(resizeLikePillow(pixels, 2, 1, filter)).toBe(pixels);
});

test('one colour stays that colour, whatever the size and the filter', () => {
  const pixels = { width: 7, height: 5, data: new Uint8Array(7 * 5 * 3).fill(201) };
  for (const filter of RESAMPLING_BY_NUMBER) {
    expect(new Set(resizeLikePillow(pixels, 3, 11, filter).data), filter).toEqual(new Set([201]));
  }
});

test.each([
  [0, 5],
  [5, -1],
  [2.5, 5],
  [Number.NaN, 5],
])('a size of %dx%d is refused', (width, height) => {
  const pixels = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
  expect(() => resizeLikePillow(pixels, width, height, 'bilinear')).toThrow(RangeError);
});
