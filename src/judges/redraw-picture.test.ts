import sharp from 'sharp';
import { expect, it } from 'vitest';
import { blurPicture } from './redraw-picture.ts';

it('leaves a few spots of colour, always the same', async () => {
  const pixels = Buffer.from(Array.from({ length: 300 * 200 * 3 }, (_, place) => (place * 7919) % 256));
  const picture = await sharp(pixels, { raw: { width: 300, height: 200, channels: 3 } })
    .png()
    .toBuffer();
  const copy = await blurPicture(picture);
  expect(await sharp(copy).metadata()).toMatchObject({ format: 'webp', width: 14, height: 9 });
  expect(copy.byteLength).toBeLessThan(1_000);
  expect(await blurPicture(picture)).toEqual(copy);
});

it('says IMAGE_DAMAGED for what is no picture', async () => {
  await expect(blurPicture(Buffer.from('no picture'))).rejects.toMatchObject({ code: 'IMAGE_DAMAGED' });
});
