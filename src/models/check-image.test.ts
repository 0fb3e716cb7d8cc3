import { inspect } from 'node:util';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodingsOf, sightingsOf } from '../../test/support/canary.ts';
import { checkImage, isBlank } from './check-image.ts';
import { rememberSecret } from './redact.ts';

function picture(width: number, height = width): Sharp {
  const pixels = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i * 7 + (i >> 4)) & 255));
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

describe('checkImage', () => {
  it.each(['png', 'jpeg', 'webp', 'gif', 'avif', 'tiff'] as const)('takes %s', async (format) => {
    const bytes = await picture(32, 24).toFormat(format).toBuffer();
    expect(await checkImage(bytes)).toEqual({
      mediaType: `image/${format}`,
      width: 32,
      height: 24,
    });
  });

  it('takes the first frame of an animation', async () => {
    const frames = [
      await picture(32).png().toBuffer(),
      await sharp(await picture(32).png().toBuffer())
        .negate()
        .png()
        .toBuffer(),
    ];
    const bytes = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(2);
    expect(await checkImage(bytes)).toMatchObject({ width: 32, height: 32 });
  });

  it('sees that every pixel is the same', async () => {
    const bytes = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#000' } })
      .png()
      .toBuffer();
    expect(await isBlank(bytes)).toBe(true);
    expect(await isBlank(await picture(32).png().toBuffer())).toBe(false);
  });

  it.each<[what: string, bytes: Uint8Array, says: RegExp]>([
    ['nothing', new Uint8Array(), /empty image/],
    ['HTML', Buffer.from('<!DOCTYPE html><p>Log in'), /no image: "<!DOCTYPE html>/],
    ['terminal escapes', Buffer.from('\u001b[31mno\u001b[0m'), /no image: /],
    ['bytes', Buffer.from([0, 1, 2, 255, 254]), /no image: 5 bytes, first 000102fffe/],
    [
      'SVG',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>'),
      /a svg, not with a picture/,
    ],
  ])('refuses %s', async (_, bytes, says) => {
    await expect(checkImage(bytes)).rejects.toMatchObject({
      code: 'BAD_ANSWER',
      message: expect.stringMatching(says),
    });
  });

  it.each(['png', 'jpeg', 'webp'] as const)('refuses a %s that breaks off', async (format) => {
    const bytes = await picture(128).toFormat(format).toBuffer();
    const half = bytes.subarray(0, bytes.length >> 1);
    await expect(checkImage(half)).rejects.toMatchObject({ code: 'BAD_ANSWER', retryable: true });
  });

  it('refuses 1 × 1', async () => {
    await expect(checkImage(await picture(1).png().toBuffer())).rejects.toThrow(/1x1 pixels/);
  });

  it('refuses 20,000 × 20,000 by the header, without decoding', async () => {
    const bytes = await picture(16).png().toBuffer();
    bytes.writeUInt32BE(20_000, 16);
    bytes.writeUInt32BE(20_000, 20);
    // The checksum of IHDR: chunk type and data.
    const { crc32 } = await import('node:zlib');
    bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
    await expect(checkImage(bytes)).rejects.toMatchObject({
      message: expect.stringMatching(/20000x20000.*64 megapixels/),
      retryable: false,
    });
  });

  it('shows no half of a key where a server shows it in the place of a picture', async () => {
    const key = 'glass-marble-4711-of-the-test';
    rememberSecret(key);
    for (const shown of [key, ...encodingsOf(key)]) {
      const page = Buffer.from(`<!doctype html><title>401 unauthorised: ${shown}</title>`);
      const error: unknown = await checkImage(page).catch((reason: unknown) => reason);
      expect(sightingsOf(key.slice(0, 14), inspect(error))).toEqual([]);
    }
  });
});
