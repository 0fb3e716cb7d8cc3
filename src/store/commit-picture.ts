import { eq } from 'drizzle-orm';
import type { ImageKey } from './image-store.ts';
import type { Database, Store } from './open-store.ts';
import { images } from './schema.ts';
import { StoreError } from './store-error.ts';

/** A picture that has been put into the image store. */
export interface PutPicture {
  readonly key: ImageKey;
  readonly bytes: Uint8Array;
}

/**
 * Commits rows that refer to a picture. A picture is stored before its row; the same picture, of another campaign, may
 * have been removed in between (`art gc`, `art purge`, a campaign that keeps no pictures). Whoever removes one marks its
 * row first and holds the row while the file goes (`settle-images.ts`), so the commit sees the mark, or comes first and
 * keeps the picture. Where it sees the mark, the picture is stored again while the row is held.
 *
 * @param picture `undefined` where the rows refer to none that is to stay whole
 * @param commit may be called twice; the first time leaves nothing behind where it fails
 */
export async function commitPicture<T>(
  store: Pick<Store, 'database' | 'images'>,
  picture: PutPicture | undefined,
  commit: (database: Database) => Promise<T>,
): Promise<T> {
  try {
    return await commit(store.database);
  } catch (error) {
    if (picture === undefined || !(error instanceof StoreError && error.code === 'IMAGE_DROPPED'))
      throw error;
    return await store.database.transaction(async (transaction) => {
      await transaction
        .update(images)
        .set({ kept: 'full', keptHash: null, droppedAt: null })
        .where(eq(images.hash, picture.key.hash));
      const committed = await commit(transaction);
      await store.images.put(picture.key, picture.bytes);
      return committed;
    });
  }
}
