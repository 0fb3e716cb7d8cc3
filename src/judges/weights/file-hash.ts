import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** Feeds a file into a hash, piece by piece. */
export async function hashInto(hash: Hash, path: string): Promise<void> {
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), async (chunks) => {
    for await (const chunk of chunks) hash.update(chunk);
  });
}

/** The SHA-256 of a file, in lower-case hex. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await hashInto(hash, path);
  return hash.digest('hex');
}

/** What git calls a file: the SHA-1 of a header with its size, and its bytes. The Hub's ETag of small files. */
export async function gitSha1OfFile(path: string): Promise<string> {
  const { size } = await stat(path);
  const hash = createHash('sha1').update(`blob ${size}\0`);
  await hashInto(hash, path);
  return hash.digest('hex');
}
