import type { ImageKey, ImageStore } from './image-store.ts';
import type { ImageRow } from './schema.ts';
import { StoreError } from './store-error.ts';

/** Blurred copies are made as such. */
export const BLURRED_MEDIA_TYPE = 'image/webp';

/** What of an image is asked of the store. */
export type KeptImage = Pick<ImageRow, 'hash' | 'mediaType' | 'kept' | 'keptHash'>;

/** The picture that is left of an image: itself, its blurred copy, or none. */
export function keptKey({ hash, mediaType, kept, keptHash }: KeptImage): ImageKey | undefined {
  if (kept === 'full') return { hash, mediaType };
  return kept === 'blurred' && keptHash !== null
    ? { hash: keptHash, mediaType: BLURRED_MEDIA_TYPE }
    : undefined;
}

/**
 * The bytes of an image as it was drawn.
 *
 * @throws {@link StoreError} `IMAGE_NOT_KEPT`, `IMAGE_MISSING`, `IMAGE_DAMAGED`
 */
export async function readWholePicture(
  images: Pick<ImageStore, 'get'>,
  { hash, mediaType, kept }: KeptImage,
): Promise<Uint8Array> {
  if (kept === 'full') return await images.get({ hash, mediaType });
  throw new StoreError({
    code: 'IMAGE_NOT_KEPT',
    message: `The picture ${hash.slice(0, 12)}… was not kept${kept === 'blurred' ? ', only a blurred copy of it' : ''}: its campaign keeps no pictures (retention), or they were removed (art purge --pictures).`,
    hint: 'Its prompt, seed and settings are stored: the target can draw it again.',
    data: { hash, kept },
  });
}
