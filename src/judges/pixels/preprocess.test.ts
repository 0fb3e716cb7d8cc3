import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Picture } from '../picture.ts';
import { fitted, joinPlanes, preprocessorOf, shortestEdgeSize } from './preprocess.ts';

const FIXTURES = join(import.meta.dirname, '../../../test/fixtures');

const outcome = z.object({
  rgbSha256: z.string(),
  tensorMean: z.number(),
  tensorFirst: z.array(z.number()),
});
const expected = z
  .record(
    z.string(),
    z.object({
      plain: z.boolean(),
      clip: outcome.optional(),
      vitBilinear: outcome.optional(),
      vitBicubic: outcome.optional(),
    }),
  )
  .parse(JSON.parse(readFileSync(join(FIXTURES, 'expected/pixels.json'), 'utf8')));
const plain = Object.entries(expected).filter(([, { plain }]) => plain);

const VIT = {
  image_processor_type: 'ViTImageProcessor',
  size: { height: 224, width: 224 },
  resample: 2,
  do_resize: true,
  do_rescale: true,
  rescale_factor: 0.00392156862745098,
  do_normalize: true,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
};

/** The files as the models of the fixtures have them. */
const CONFIGS = {
  clip: configOf('tiny-clip-vision'),
  vitBilinear: configOf('tiny-vit-nsfw'),
  vitBicubic: configOf('tiny-vit-nsfwfilter'),
};

function configOf(model: string): unknown {
  return JSON.parse(readFileSync(join(FIXTURES, 'models', model, 'preprocessor_config.json'), 'utf8'));
}

describe('is equal to the image processors of transformers', () => {
  test.each(plain)('%s', async (image, outcomes) => {
    const picture = new Picture(readFileSync(join(FIXTURES, 'images', image)));
    for (const kind of ['clip', 'vitBilinear', 'vitBicubic'] as const) {
      const preprocess = preprocessorOf(CONFIGS[kind]);
      const { data } = fitted(await picture.pixels(), preprocess.steps);
      expect(createHash('sha256').update(data).digest('hex'), kind).toBe(outcomes[kind]?.rgbSha256);
      const numbers = await preprocess(picture);
      expect(numbers.length).toBe(3 * 224 * 224);
      const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
      expect(mean, kind).toBeCloseTo(outcomes[kind]?.tensorMean ?? Number.NaN, 5);
      for (const [index, number] of outcomes[kind]?.tensorFirst.entries() ?? []) {
        const place = Math.floor(index / 3) * 224 * 224 + (index % 3);
        expect(numbers[place], kind).toBeCloseTo(number, 6);
      }
    }
  });
});

describe('reads configurations', () => {
  test('what is left out has the defaults of the class', () => {
    expect(preprocessorOf({ image_processor_type: 'ViTImageProcessor' }).steps).toEqual(
      preprocessorOf(VIT).steps,
    );
    expect(preprocessorOf({ image_processor_type: 'CLIPImageProcessorFast' }).steps).toEqual(
      preprocessorOf().steps,
    );
    expect(preprocessorOf({}).dims).toEqual([3, 224, 224]);
  });

  test('one number as a size is the shorter edge for CLIP, a square for others', () => {
    expect(
      preprocessorOf({ feature_extractor_type: 'CLIPFeatureExtractor', size: 224, crop_size: 224 }).steps,
    ).toEqual(preprocessorOf().steps);
    const square = preprocessorOf({ size: 384 });
    expect(square.dims).toEqual([3, 384, 384]);
    expect(square.steps.resize?.to).toEqual({ width: 384, height: 384 });
  });

  test('steps can be left out', async () => {
    const preprocess = preprocessorOf({ size: 2, do_rescale: false, do_normalize: false, resample: 0 });
    const bytes = await sharp({ create: { width: 2, height: 2, channels: 3, background: '#0a141e' } })
      .png()
      .toBuffer();
    expect([...(await preprocess(new Picture(bytes)))]).toEqual([
      10, 10, 10, 10, 20, 20, 20, 20, 30, 30, 30, 30,
    ]);
  });

  test.each([
    ['a step that is not done here', { do_pad: true }],
    ['a part of the image by percent', { crop_pct: 0.9 }],
    ['a size without meaning', { size: { longest_edge: 512 } }],
    ['an unknown filter', { resample: 9 }],
    ['a size that fills the memory', { size: 1e9 }],
    ['images of different sizes', { do_resize: false }],
    ['no object', 'bilinear'],
  ])('%s is refused', (_, config) => {
    expect(() => preprocessorOf(config)).toThrow(
      expect.objectContaining({ name: 'WeightsError', code: 'WRONG_ARCHITECTURE' }),
    );
  });
});

test.each([
  [
    { width: 640, height: 360 },
    { width: 398, height: 224 },
  ],
  [
    { width: 97, height: 61 },
    { width: 356, height: 224 },
  ],
  [
    { width: 61, height: 97 },
    { width: 224, height: 356 },
  ],
  [
    { width: 50, height: 50 },
    { width: 224, height: 224 },
  ],
  [
    { width: 1_000_000, height: 1 },
    { width: 65_536, height: 224 },
  ],
])('the longer edge is cut down to a whole number: %o', (from, to) => {
  expect(shortestEdgeSize(from, 224)).toEqual(to);
});

test('a picture smaller than the cut lies on black, the odd pixel as in transformers', () => {
  const pixels = { width: 2, height: 1, data: new Uint8Array(6).fill(9) };
  const steps = { resize: undefined, crop: { width: 5, height: 2 }, rescaleFactor: 1, normalise: undefined };
  const { data } = fitted(pixels, steps);
  const reds = Array.from({ length: 10 }, (_, pixel) => data[pixel * 3]);
  expect(reds).toEqual([0, 0, 0, 0, 0, 0, 0, 9, 9, 0]);
});

test('images become one batch', () => {
  expect([...joinPlanes([Float32Array.of(1, 2), Float32Array.of(3)])]).toEqual([1, 2, 3]);
});
