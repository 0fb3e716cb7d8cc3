import sharp from 'sharp';
import { expect, it } from 'vitest';
import { complainedOfJpeg, undecodablePng } from '../../../test/support/damaged-pictures.ts';
import { checkImage } from '../../models/check-image.ts';
import { makeThumbnail } from './thumbnail.ts';

it('is made of whatever a decoder merely complains of: the target was allowed to answer with it', async () => {
  const bytes = await complainedOfJpeg();
  await expect(checkImage(bytes)).resolves.toMatchObject({ mediaType: 'image/jpeg' });
  const small = await makeThumbnail(bytes, { side: 32 });
  expect(await sharp(small).metadata()).toMatchObject({ format: 'webp', width: 32, height: 32 });
});

it('says of what cannot be decoded that it is damaged', async () => {
  const bytes = undecodablePng();
  await expect(checkImage(bytes)).resolves.toMatchObject({ mediaType: 'image/png' });
  for (const damaged of [bytes, Buffer.from('no picture'), Buffer.alloc(0)]) {
    await expect(makeThumbnail(damaged)).rejects.toMatchObject({ code: 'IMAGE_DAMAGED' });
  }
});
