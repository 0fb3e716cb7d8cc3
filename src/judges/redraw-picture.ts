import sharp, { type Sharp } from 'sharp';
import { messageOf } from '../errors.ts';
import { MOST_PIXELS } from '../models/check-image.ts';
import { StoreError } from '../store/store-error.ts';

/** The longer side of a blurred picture: colours and their places, and nothing that could be made out. */
const BLURRED_SIDE = 14;

/**
 * A picture, decoded, changed and encoded again. What `checkImage` lets in is decoded here too: a file that
 * breaks off is damaged, one that a decoder merely complains of is not.
 *
 * @param bytes an encoded picture; not decoded when it has more than 64 megapixels
 * @param change is given the picture upright, and says what to encode it as
 * @throws {@link StoreError} `IMAGE_DAMAGED` for what cannot be decoded (a PNG is let in by its checksums, whatever
 *   is in it), or is too large to be
 */
export async function redrawPicture(
  bytes: Uint8Array,
  change: (picture: Sharp) => Sharp,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const picture = sharp(bytes, {
      limitInputPixels: MOST_PIXELS,
      failOn: 'truncated',
      sequentialRead: true,
    }).autoOrient();
    return new Uint8Array(await change(picture).toBuffer());
  } catch (cause) {
    throw new StoreError({
      code: 'IMAGE_DAMAGED',
      message: `A stored picture of ${bytes.byteLength} bytes cannot be decoded: ${messageOf(cause)}`,
      hint: 'Its bytes are as they were stored; the server that drew it may say more in its log.',
      data: { bytes: bytes.byteLength },
      cause,
    });
  }
}

/**
 * A blurred copy of a picture, a WebP of a few hundred bytes. What is left are a few large spots of colour; no program
 * gets the picture back.
 *
 * @throws {@link StoreError} `IMAGE_DAMAGED` as {@link redrawPicture}
 */
export async function blurPicture(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return await redrawPicture(bytes, (picture) =>
    picture
      .resize(BLURRED_SIDE, BLURRED_SIDE, { fit: 'inside', kernel: 'cubic' })
      .flatten({ background: '#ffffff' })
      .blur(1)
      .webp({ quality: 60 }),
  );
}
