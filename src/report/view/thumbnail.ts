import sharp from 'sharp';
import { MOST_PIXELS } from '../../models/check-image.ts';

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
 * @throws Error what sharp says of bytes that are no picture
 */
export async function makeThumbnail(
  bytes: Uint8Array,
  { side = THUMBNAIL_SIDE, quality = 78 }: ThumbnailOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const small = await sharp(bytes, { limitInputPixels: MOST_PIXELS, sequentialRead: true })
    .autoOrient()
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality, effort: 2 })
    .toBuffer();
  return new Uint8Array(small);
}
