import { createHash } from 'node:crypto';

/** The SHA-256 of some bytes in lower-case hex: the name of an image. */
export function contentHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
