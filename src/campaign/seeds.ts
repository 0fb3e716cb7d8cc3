import { createHash } from 'node:crypto';

/**
 * A seed from 0 to 2³¹ − 1 that depends on nothing but its parts: the same place in a campaign gets
 * the same seed, whatever the order in which the work is done.
 */
export function deriveSeed(...parts: readonly (string | number)[]): number {
  // The separator cannot occur in a number or category name, so that ("a", "bc") and ("ab", "c") differ.
  const digest = createHash('sha256').update(parts.join('\u0000')).digest();
  return digest.readUInt32BE(0) & 0x7fffffff;
}
