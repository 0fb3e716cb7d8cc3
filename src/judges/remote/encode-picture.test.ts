import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { Picture } from '../picture.ts';
import { dataUrl, encodePicture, UnreadablePicture } from './encode-picture.ts';
import { plainPicture } from './remote-fixtures.ts';

const metadataOf = async (picture: Picture, limits = {}) => {
  const { bytes, mediaType } = await encodePicture(picture, limits);
  const { width, height, format, space } = await sharp(bytes).metadata();
  expect(mediaType).toBe(`image/${format}`);
  return { width, height, format, space, bytes: bytes.byteLength };
};

describe('encodePicture', () => {
  it.each(['png', 'jpeg'] as const)('sends %s byte for byte', async (format) => {
    const picture = await plainPicture(60, 40, format);
    expect((await encodePicture(picture)).bytes).toBe(picture.bytes);
  });

  it.each(['webp', 'gif'] as const)('makes a PNG of %s', async (format) =>
    expect(await metadataOf(await plainPicture(60, 40, format))).toMatchObject({ format: 'png', width: 60 }),
  );

  it('turns a photograph upright and CMYK into RGB', async () => {
    const image = sharp({ create: { width: 30, height: 20, channels: 3, background: 'red' } });
    const turned = await image.clone().jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(await metadataOf(new Picture(turned))).toMatchObject({ width: 20, height: 30 });
    const cmyk = await image.clone().toColourspace('cmyk').jpeg().toBuffer();
    expect(await metadataOf(new Picture(cmyk))).toMatchObject({ space: 'srgb', width: 30 });
  });

  it('lays transparency on white and makes 8 bits of 16', async () => {
    const clear = { r: 0, g: 0, b: 0, alpha: 0 };
    const png = await sharp({ create: { width: 20, height: 20, channels: 4, background: clear } })
      .png()
      .toBuffer();
    const { bytes } = await encodePicture(new Picture(png));
    const { channels } = await sharp(bytes).stats();
    expect(channels.map(({ min }) => min)).toEqual([255, 255, 255]);
    const deep = await sharp((await plainPicture(20, 20)).bytes)
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    expect((await sharp((await encodePicture(new Picture(deep))).bytes).metadata()).depth).toBe('uchar');
  });

  it('does not open a decompression bomb', async () => {
    const wide = await sharp({ create: { width: 16_000, height: 5_000, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    await expect(encodePicture(new Picture(wide))).rejects.toThrow(UnreadablePicture);
  });

  it('keeps to the sizes of a service', async () => {
    const limits = { smallestSide: 50, largestSide: 200 };
    expect(await metadataOf(await plainPicture(1, 1), limits)).toMatchObject({ width: 50, height: 50 });
    expect(await metadataOf(await plainPicture(400, 300), limits)).toMatchObject({ width: 200, height: 150 });
    // Neither larger nor smaller alone would do.
    expect(await metadataOf(await plainPicture(400, 4), limits)).toMatchObject({ width: 200, height: 50 });
    expect(await metadataOf(await plainPicture(100, 10), limits)).toMatchObject({ width: 200, height: 50 });
  });

  it('compresses what is too large a file', async () => {
    const noise = Buffer.alloc(300 * 300 * 3, 0);
    for (let at = 0; at < noise.length; at++) noise[at] = (Math.abs(Math.sin(at)) * 1e6) & 255;
    const png = await sharp(noise, { raw: { width: 300, height: 300, channels: 3 } })
      .png()
      .toBuffer();
    const sent = await metadataOf(new Picture(png), { largestBytes: 20_000 });
    expect(sent.format).toBe('jpeg');
    expect(sent.bytes).toBeLessThanOrEqual(20_000);
  });

  it('refuses what is no image, and what cannot be made small enough', async () => {
    await expect(encodePicture(new Picture(Buffer.from('no image')))).rejects.toThrow(UnreadablePicture);
    await expect(encodePicture(await plainPicture(60, 40), { largestBytes: 10 })).rejects.toThrow(
      UnreadablePicture,
    );
  });
});

it('dataUrl', () =>
  expect(dataUrl({ bytes: new Uint8Array([1, 2, 3]), mediaType: 'image/png' })).toBe(
    'data:image/png;base64,AQID',
  ));
