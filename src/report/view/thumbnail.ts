import sharp, { type Sharp } from 'sharp';
import { messageOf } from '../../errors.ts';
import { MOST_PIXELS } from '../../models/check-image.ts';
import { StoreError } from '../../store/store-error.ts';

/** The longer side of a thumbnail, in pixels. */
export const THUMBNAIL_SIDE = 256;

/** How a thumbnail is made. */
export interface ThumbnailOptions {
  /** The longer side, in pixels; smaller pictures stay as they are. */
  readonly side?: number;
  /** WebP quality, 1 to 100. */
  readonly quality?: number;
}

/**
 * A small WebP of a stored picture: its first frame, upright, without its metadata.
 *
 * @param bytes an encoded picture; not decoded when it has more than 64 megapixels
 * @throws {@link StoreError} `IMAGE_DAMAGED` for what cannot be decoded, or is too large to be
 */
export async function makeThumbnail(
  bytes: Uint8Array,
  { side = THUMBNAIL_SIDE, quality = 78 }: ThumbnailOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return await redraw(bytes, (picture) =>
    picture.resize(side, side, { fit: 'inside', withoutEnlargement: true }).webp({ quality, effort: 2 }),
  );
}

/**
 * A picture, decoded, changed and encoded again. What `checkImage` lets in is decoded here too: a file that
 * breaks off is damaged, one that a decoder merely complains of is not.
 *
 * @param bytes an encoded picture; not decoded when it has more than 64 megapixels
 * @param change is given the picture upright, and says what to encode it as
 * @throws {@link StoreError} `IMAGE_DAMAGED` for what cannot be decoded (a PNG is let in by its checksums, whatever
 *   is in it), or is too large to be
 */
export async function redraw(
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
