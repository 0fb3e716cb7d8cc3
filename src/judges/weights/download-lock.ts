import { mkdir } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { ArtError } from '../../errors.ts';
import { type FolderLock, lockFolder } from '../../store/folder-lock.ts';
import type { Sleep } from './attempts.ts';

const LOOK_AGAIN_MS = 250;

/**
 * Runs something that one process at a time may do; the others wait. The lock of a process that has died
 * is taken over.
 *
 * @param folder where the lock is; made if need be
 * @param run told whether there is a lock at all: some network disks have no hard links to make it with
 */
export async function withDownloadLock<T>(
  folder: string,
  sleep: Sleep,
  run: (locked: boolean) => Promise<T>,
): Promise<T> {
  await mkdir(folder, { recursive: true });
  const lock = await take(folder, sleep);
  try {
    return await run(lock !== undefined);
  } finally {
    lock?.release();
  }
}

async function take(folder: string, sleep: Sleep): Promise<FolderLock | undefined> {
  for (;;) {
    try {
      return lockFolder(folder, 'download');
    } catch (error) {
      if (!(error instanceof ArtError)) throw error;
      if (error.code !== 'DATA_FOLDER_IN_USE') return undefined;
    }
    await sleep(LOOK_AGAIN_MS);
    // Lets the holder go on also where a test's sleep takes no time.
    await setImmediate();
  }
}
