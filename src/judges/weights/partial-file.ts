import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rm, writeFile } from 'node:fs/promises';
import { writingTo } from './failures.ts';
import { hashInto } from './file-hash.ts';

/** A file that is not whole yet. */
export interface Part {
  readonly path: string;
  readonly handle: FileHandle;
  received: number;
  /** Of what has been received. */
  hash: Hash;
  /** What the server calls this state of the file; a part of another state is worth nothing. */
  validator: string | undefined;
}

/**
 * Opens what an earlier download left, or an empty file.
 *
 * @param contentNamed whether the path follows from the content; else a part counts only with a validator
 * @param most how many bytes the whole has, where that is known
 */
export async function openPart(path: string, contentNamed: boolean, most: number | undefined): Promise<Part> {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
  const part: Part = { path, handle, received: 0, hash: createHash('sha256'), validator: undefined };
  try {
    const { size } = await handle.stat();
    part.validator = contentNamed ? undefined : await readValidator(path);
    const usable = (contentNamed || part.validator !== undefined) && (most === undefined || size <= most);
    if (!usable) {
      await startAgain(part);
    } else if (size > 0) {
      await hashInto(part.hash, path);
      part.received = size;
    }
    return part;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Forgets what has been received. */
export async function startAgain(part: Part): Promise<void> {
  await writingTo(part.path, () => part.handle.truncate(0));
  part.received = 0;
  part.hash = createHash('sha256');
  part.validator = undefined;
}

/** Writes bytes at the end. */
export async function append(part: Part, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.byteLength; ) {
    const [from, left] = [written, bytes.byteLength - written];
    const { bytesWritten } = await writingTo(part.path, () =>
      part.handle.write(bytes, from, left, part.received + from),
    );
    written += bytesWritten;
  }
  part.hash.update(bytes);
  part.received += bytes.byteLength;
}

/** Notes what the server calls the state of the file that the part is of. */
export async function keepValidator(part: Part, headers: Headers): Promise<void> {
  const etag = headers.get('etag');
  // Only a strong ETag promises the same bytes.
  const validator = (etag?.startsWith('"') === true ? etag : headers.get('last-modified')) ?? undefined;
  part.validator = validator;
  await writingTo(part.path, () =>
    validator === undefined
      ? rm(validatorPath(part.path), { force: true })
      : writeFile(validatorPath(part.path), validator, 'latin1'),
  );
}

/** Removes a part and what was noted of it. */
export async function dropPart(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(validatorPath(path), { force: true });
}

async function readValidator(path: string): Promise<string | undefined> {
  try {
    const text = (await readFile(validatorPath(path), 'latin1')).trim();
    return /^[\x20-\x7e]{1,300}$/.test(text) ? text : undefined;
  } catch {
    // None was kept: the download begins anew.
    return undefined;
  }
}

function validatorPath(path: string): string {
  return `${path}.validator`;
}
