import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Picture } from './picture.ts';

const IMAGES = join(import.meta.dirname, '../../test/fixtures/images');
const expected = z
  .record(
    z.string(),
    z.object({
      width: z.number(),
      height: z.number(),
      rgbSha256: z.string(),
      samples: z.array(z.tuple([z.number(), z.number(), z.array(z.number())])),
    }),
  )
  .parse(
    JSON.parse(readFileSync(join(import.meta.dirname, '../../test/fixtures/expected/pixels.json'), 'utf8')),
  );

/** How far a level may be off: blending on white rounds otherwise, and inks become colours by a profile. */
const TOLERANCES: Readonly<Record<string, number>> = { 'transparent-180x140.png': 1, 'cmyk.jpg': 40 };

function picture(name: string): Picture {
  return new Picture(readFileSync(join(IMAGES, name)));
}

describe('decodes as Pillow does', () => {
  test.each(Object.entries(expected))('%s', async (name, { width, height, rgbSha256, samples }) => {
    const pixels = await picture(name).pixels();
    expect(pixels).toMatchObject({ width, height });
    expect(pixels.data.length).toBe(width * height * 3);
    const tolerance = TOLERANCES[name];
    if (tolerance === undefined) {
      expect(createHash('sha256').update(pixels.data).digest('hex')).toBe(rgbSha256);
      return;
    }
    for (const [x, y, colour] of samples) {
      for (const [channel, level] of colour.entries()) {
        const found = pixels.data[(y * width + x) * 3 + channel] ?? Number.NaN;
        expect(Math.abs(found - level)).toBeLessThanOrEqual(tolerance);
      }
    }
  });

  test('transparency shows white, in 16 bits and in gray as well', async () => {
    const clear = {
      width: 3,
      height: 2,
      channels: 4,
      background: { r: 10, g: 20, b: 30, alpha: 0 },
    } as const;
    for (const image of [
      sharp({ create: clear }).png(),
      sharp({ create: clear }).toColourspace('rgb16').png(),
      sharp({ create: clear }).toColourspace('b-w').png(),
      sharp({ create: clear }).webp(),
    ]) {
      const { data } = await new Picture(await image.toBuffer()).pixels();
      expect(new Set(data)).toEqual(new Set([255]));
      expect(data.length).toBe(3 * 2 * 3);
    }
  });

  test('a colour profile does not change the numbers', async () => {
    const red = sharp({ create: { width: 2, height: 2, channels: 3, background: '#c81e28' } });
    const bytes = await red.withIccProfile('p3', { attach: true }).png().toBuffer();
    const bare = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer();
    expect([...(await new Picture(bytes).pixels()).data]).toEqual([...bare]);
  });
});

test('is decoded once, however many judges ask', () => {
  const shared = picture('one-pixel.png');
  expect(shared.pixels()).toBe(shared.pixels());
});

describe('refuses', () => {
  test('a decompression bomb, without decoding it', async () => {
    const start = performance.now();
    await expect(picture('bomb-30000.png').pixels()).rejects.toMatchObject({
      name: 'ArtError',
      code: 'IMAGE_TOO_LARGE',
      message: expect.stringMatching(/30000x30000 .* 64 megapixels/),
    });
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test.each([
    ['nothing', new Uint8Array(0), /empty/],
    ['text', Buffer.from('not a picture'), /no picture/],
    ['a drawing', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), /svg/],
    ['a PNG that breaks off', readFileSync(join(IMAGES, 'landscape-512.png')).subarray(0, 900), /broken/],
    ['a JPEG that breaks off', readFileSync(join(IMAGES, 'meadow.jpg')).subarray(0, 3000), /broken/],
  ])('%s', async (_, bytes, message) => {
    await expect(new Picture(bytes).pixels()).rejects.toMatchObject({
      name: 'ArtError',
      code: 'IMAGE_UNREADABLE',
      message: expect.stringMatching(message),
    });
  });
});
