import { type FileHandle, open } from 'node:fs/promises';
import { damaged } from './tensor-file-problem.ts';

/** Bytes that are read where they are needed, so that a gigabyte need not be in memory. */
export interface ByteSource {
  readonly size: number;
  /**
   * @throws TensorFileProblem `WEIGHTS_DAMAGED` when the range is not within the file; nothing is
   *   allocated then
   */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Bytes in memory as a source. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    async read(offset, length) {
      checkRange(offset, length, bytes.length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/**
 * Opens a file, hands it to the work, and closes it.
 *
 * @throws whatever the file system has to say
 */
export async function withFile<T>(path: string, work: (source: ByteSource) => Promise<T>): Promise<T> {
  await using handle = await open(path, 'r');
  return await work(fileSource(handle, (await handle.stat()).size));
}

function fileSource(handle: FileHandle, size: number): ByteSource {
  return {
    size,
    async read(offset, length) {
      checkRange(offset, length, size);
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) throw damaged('The file became shorter while it was read.');
        filled += bytesRead;
      }
      return bytes;
    },
  };
}

function checkRange(offset: number, length: number, size: number): void {
  const isWithin = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (isWithin && offset + length <= size) return;
  throw damaged(
    isWithin
      ? `The file has ${size} bytes, but ${offset + length} are needed: it is cut off.`
      : 'The file names a place that no file has.',
  );
}
