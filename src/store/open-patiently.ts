import { setTimeout as pause } from 'node:timers/promises';
import { openStore, type Store, type StoreOptions } from './open-store.ts';
import { StoreError } from './store-error.ts';

/** Whom {@link openPatiently} waits for, and how long. */
export interface Patience {
  /** At most so many milliseconds. */
  readonly patienceMs: number;
  /** Whether to wait for the command that holds the data folder, e.g. `view`; default: for any. */
  readonly waitFor?: (command: string) => boolean;
}

const RETRY_MS = 100;

/**
 * Opens the store; while another process holds its folder for a moment, it waits.
 *
 * @throws {@link StoreError} as `openStore`; `DATA_FOLDER_IN_USE` when it took too long
 */
export async function openPatiently(
  options: StoreOptions,
  { patienceMs, waitFor = () => true }: Patience,
): Promise<Store> {
  for (let waited = 0; ; waited += RETRY_MS) {
    try {
      return await openStore(options);
    } catch (error) {
      const held = error instanceof StoreError && error.code === 'DATA_FOLDER_IN_USE';
      if (!held || waited >= patienceMs || !waitFor(String(error.data.command))) throw error;
      await pause(RETRY_MS);
    }
  }
}
