import { redrawPicture } from '../../judges/redraw-picture.ts';

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
  return await redrawPicture(bytes, (picture) =>
    picture.resize(side, side, { fit: 'inside', withoutEnlargement: true }).webp({ quality, effort: 2 }),
  );
}
