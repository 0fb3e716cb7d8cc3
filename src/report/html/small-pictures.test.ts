import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { complainedOfJpeg, undecodablePng } from '../../../test/support/damaged-pictures.ts';
import { smallPictures } from './small-pictures.ts';

let pictures: ReadonlyMap<string, Uint8Array>;
beforeAll(async () => {
  pictures = new Map(
    await Promise.all(
      Array.from(
        { length: 12 },
        async (_, place): Promise<[string, Uint8Array]> => [`hash-${place}`, await noise(place)],
      ),
    ),
  );
});

/** Noise: pictures that no encoder makes small. */
async function noise(seed: number): Promise<Uint8Array> {
  let state = seed + 1;
  const pixels = Uint8Array.from({ length: 256 * 256 * 3 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
  return await sharp(pixels, { raw: { width: 256, height: 256, channels: 3 } })
    .png()
    .toBuffer();
}

const hashes = Array.from({ length: 12 }, (_, place) => `hash-${place}`);
const read = async (hash: string) => pictures.get(hash);

describe('smallPictures', () => {
  it('makes WebP pictures in the order that was asked for, and leaves out what is not kept', async () => {
    const { pictures: made } = await smallPictures(['gone', ...hashes], 4, {
      treatment: 'full',
      budget: 5_000_000,
      read,
    });
    expect(Object.keys(made)).toEqual(hashes);
    const size = await sizeOf(made['hash-0']);
    expect(size).toEqual({ format: 'webp', width: 256, height: 256 });
  });

  it('makes all of them smaller before it leaves any out that should be there', async () => {
    const { pictures: generous } = await smallPictures(hashes, 12, {
      treatment: 'full',
      budget: 5_000_000,
      read,
    });
    const budget = 0.7 * lengthOf(generous);
    const { pictures: fitted } = await smallPictures(hashes, 12, { treatment: 'full', budget, read });
    expect(Object.keys(fitted)).toEqual(hashes);
    expect((await sizeOf(fitted['hash-0'])).width).toBeLessThan(256);
    expect(lengthOf(fitted)).toBeLessThanOrEqual(budget);
  });

  it('never takes more than its budget', async () => {
    const { pictures: made } = await smallPictures(hashes, 12, { treatment: 'full', budget: 20_000, read });
    expect(Object.keys(made).length).toBeLessThan(12);
    expect(lengthOf(made)).toBeLessThanOrEqual(20_000);
  });

  it('blurs for good: a few bytes that hold no picture', async () => {
    const { pictures: made } = await smallPictures(hashes.slice(0, 2), 2, {
      treatment: 'blurred',
      budget: 50_000,
      read,
    });
    const { width, height } = await sizeOf(made['hash-0']);
    expect(Math.max(width ?? 0, height ?? 0)).toBeLessThanOrEqual(16);
    expect(lengthOf(made)).toBeLessThan(1_000);
  });

  it('gives the first the first room, whichever is ready first', async () => {
    const options = { treatment: 'blurred', read } as const;
    const all = await smallPictures(hashes, 12, { ...options, budget: 50_000 });
    const four = Object.entries(all.pictures).slice(0, 4);
    const budget = four.reduce((sum, [hash, url]) => sum + hash.length + url.length + 6, 1);
    let release = () => {};
    const late = new Promise<void>((resolve) => {
      release = resolve;
    });
    const firstComesLate = async (hash: string) => {
      if (hash === 'hash-7') release();
      if (hash === 'hash-0') await late;
      return pictures.get(hash);
    };
    const made = await smallPictures(hashes, 12, { ...options, budget, read: firstComesLate });
    expect(Object.entries(made.pictures)).toEqual(four);
  });

  it.each(['full', 'blurred'] as const)(
    'counts what cannot be read, and makes the rest (%s)',
    async (treatment) => {
      const stored: Record<string, Uint8Array | undefined> = {
        gone: undefined,
        odd: await complainedOfJpeg(),
        whole: pictures.get('hash-0'),
        damaged: undecodablePng(),
      };
      const options = { treatment, budget: 500_000, read: async (hash: string) => stored[hash] };
      const made = await smallPictures(Object.keys(stored), 4, options);
      expect(Object.keys(made.pictures)).toEqual(['odd', 'whole']);
      expect(made.unreadable).toBe(2);
      expect(await smallPictures(Object.keys(stored), 4, { ...options, budget: 0 })).toEqual({
        pictures: {},
        unreadable: 0,
      });
    },
  );
});

async function sizeOf(url = '') {
  const { format, width, height } = await sharp(Buffer.from(url.split(',')[1] ?? '', 'base64')).metadata();
  return { format, width, height };
}

function lengthOf(made: Readonly<Record<string, string>>): number {
  return Object.values(made).reduce((sum, url) => sum + url.length, 0);
}
