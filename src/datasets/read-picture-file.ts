import { readFile, stat } from 'node:fs/promises';
import { UsageError } from '../errors.ts';

/** The largest file that is read as a picture, in bytes. */
export const LARGEST_PICTURE_FILE = 256 * 1024 * 1024;

/**
 * Reads the file of a picture that a dataset names. Datasets come from anywhere: a device or a pipe in the place of a picture
 * would have no end, and a vast file no room.
 *
 * @throws {@link UsageError} `PICTURE_FILE` for what is no file, or too large; what the system says of one that cannot be read
 */
export async function readPictureFile(path: string): Promise<Uint8Array> {
  const found = await stat(path);
  const megabytes = LARGEST_PICTURE_FILE / 1024 ** 2;
  if (!found.isFile()) throw refused('it is no file');
  if (found.size > LARGEST_PICTURE_FILE) throw refused(`it is larger than ${megabytes} MB`);
  return new Uint8Array(await readFile(path));
}

function refused(problem: string): UsageError {
  return new UsageError({
    code: 'PICTURE_FILE',
    message: `The picture is not read: ${problem}.`,
    hint: 'Correct what the row names.',
    data: { problem },
  });
}
