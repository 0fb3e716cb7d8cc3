import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { complainedOfJpeg, undecodablePng } from '../../../test/support/damaged-pictures.ts';
import { seededRandom } from '../../metrics/intervals.ts';
import { hammingDistance, NearDuplicateImages, perceptualHash } from './perceptual-hash.ts';

async function picture(seed: number): Promise<Buffer> {
  const random = seededRandom(seed);
  const side = 5;
  const data = Buffer.from(Array.from({ length: side * side * 3 }, () => Math.floor(random() * 256)));
  return await sharp(data, { raw: { width: side, height: side, channels: 3 } })
    .resize(240, 240, { kernel: 'cubic' })
    .png()
    .toBuffer();
}

describe('the perceptual hash', () => {
  test('a picture that decoders complain of has one, and one that cannot be decoded throws', async () => {
    expect(await perceptualHash(await complainedOfJpeg())).toBeTypeOf('bigint');
    await expect(perceptualHash(undecodablePng())).rejects.toThrow();
  });

  test('a picture that is scaled, saved as JPEG or made brighter is near; another one is far', async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const original = await picture(seed);
      const hash = await perceptualHash(original);
      const versions = await Promise.all([
        sharp(original).resize(180, 180).jpeg({ quality: 70 }).toBuffer(),
        sharp(original).modulate({ brightness: 1.05 }).webp().toBuffer(),
      ]);
      for (const version of versions)
        expect(hammingDistance(hash, await perceptualHash(version))).toBeLessThanOrEqual(4);
      expect(hammingDistance(hash, await perceptualHash(await picture(seed + 100)))).toBeGreaterThan(10);
    }
  });

  test('bytes that are no picture are refused', async () => {
    await expect(perceptualHash(new Uint8Array([1, 2, 3]))).rejects.toThrow();
  });
});

test('hashes within the distance are found, whichever bits differ, and no others', () => {
  const random = seededRandom(3);
  const hash = () => (BigInt(Math.floor(random() * 2 ** 32)) << 32n) | BigInt(Math.floor(random() * 2 ** 32));
  for (const distance of [0, 4, 16]) {
    const index = new NearDuplicateImages(distance);
    const known = Array.from({ length: 300 }, hash);
    for (const [number, one] of known.entries()) index.add(String(number), one);
    for (const [number, one] of known.entries()) {
      let near = one;
      for (const bit of [...Array(64).keys()].toSorted(() => random() - 0.5).slice(0, distance))
        near ^= 1n << BigInt(bit);
      const found = index.find(near);
      // Another one may happen to be as near.
      expect(hammingDistance(known[Number(found ?? -1)] ?? ~one, near)).toBeLessThanOrEqual(distance);
      if (distance < 5) expect(found).toBe(String(number));
    }
    const far = hash();
    const found = index.find(far);
    if (found !== undefined)
      expect(hammingDistance(known[Number(found)] ?? 0n, far)).toBeLessThanOrEqual(distance);
  }
});
