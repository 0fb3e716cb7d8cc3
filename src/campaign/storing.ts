import { messageOf } from '../errors.ts';
import { chainOf, isDiskFull } from '../store/disk-full.ts';
import { StoreError } from '../store/store-error.ts';

/**
 * Runs something that writes to the store. Whatever goes wrong there ends the campaign (nothing can
 * be recorded any more), so it must not be taken for a failure of a model.
 *
 * @throws {@link StoreError}
 */
export async function storing<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    const full = isDiskFull(cause);
    throw new StoreError({
      code: full ? 'DISK_FULL' : 'STORE_FAILED',
      message: full
        ? 'The disk is full: nothing more can be stored.'
        : `The store could not be written: ${messageOf(chainOf(cause).at(-1))}`,
      hint: full
        ? 'Make room, then go on with: art resume. What was committed is safe.'
        : 'Check the disk and the database, then go on with: art resume. What was committed is safe.',
      cause,
    });
  }
}
