import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Beside the dataset: a line for each picture that could not be had. */
export const FAILURES_FILE = 'failures.jsonl';

/** A picture that could not be had. */
export interface PictureFailure {
  /** Where its item stands in the sources. */
  readonly place: string;
  /** Its address, without what may be a key; `null` where it has none. */
  readonly url: string | null;
  readonly reason: string;
}

/** All pictures that one build could not have. */
export interface PictureFailures {
  /** @param kept whether the item is in the dataset, without the picture */
  add(failure: PictureFailure, kept: boolean): Promise<void>;
  /** Puts the file in place of that of the build before; takes that one away where nothing failed. */
  finish(): Promise<void>;
  readonly count: number;
  /** How many of their items are in the dataset. */
  readonly kept: number;
  /** One line that tells of the first. */
  readonly first: string | undefined;
}

/** Opens the list of a dataset's folder; it is written line by line, for there may be very many. */
export async function openPictureFailures(folder: string): Promise<PictureFailures> {
  const file = join(folder, FAILURES_FILE);
  const draft = `${file}.part`;
  let handle: FileHandle | undefined;
  let [count, keptCount] = [0, 0];
  let first: string | undefined;
  await rm(draft, { force: true });
  return {
    get count() {
      return count;
    },
    get kept() {
      return keptCount;
    },
    get first() {
      return first;
    },
    async add(failure, kept) {
      handle ??= await open(draft, 'w');
      await handle.appendFile(`${JSON.stringify({ ...failure, kept })}\n`);
      count++;
      if (kept) keptCount++;
      first ??= `${failure.place}: ${failure.url === null ? '' : `${failure.url}: `}${failure.reason}`;
    },
    async finish() {
      await handle?.close();
      await (handle === undefined ? rm(file, { force: true }) : rename(draft, file));
    },
  };
}
