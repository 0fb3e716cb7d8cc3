import { damaged } from './failures.ts';
import { SHA256 } from './names.ts';
import type { VerifiedFiles } from './verified-files.ts';

/**
 * Checks a pin against what a file is.
 *
 * @throws WeightsError `WEIGHTS_DAMAGED`
 */
export function checkPin(
  pin: string | undefined,
  actual: string,
  { what, neededBy }: { readonly what: string; readonly neededBy: string },
): void {
  if (pin === undefined || pin.toLowerCase() === actual) return;
  throw damaged(what, {
    expected: pin,
    actual,
    asker: neededBy,
    hint: 'The configuration pins another SHA-256: check the pin and the revision, and where the file comes from.',
  });
}

/**
 * What an ETag of the Hub says that is wrong with a cached file.
 *
 * @returns expected and actual hash; `undefined` when the file is what it should be, or nothing can be told
 */
export async function mismatchOf(
  path: string,
  etag: string,
  verified: VerifiedFiles,
): Promise<{ readonly expected: string; readonly actual: string } | undefined> {
  const expected = expectedOf(etag);
  const wanted = expected.sha256 ?? expected.gitSha1;
  if (wanted === undefined) return undefined;
  const actual = await (expected.sha256 === undefined ? verified.gitSha1Of(path) : verified.sha256Of(path));
  return actual === wanted ? undefined : { expected: wanted, actual };
}

/** Which hash an ETag of the Hub is. Mirrors may have ETags of their own, which promise nothing. */
export function expectedOf(etag: string): { readonly sha256?: string; readonly gitSha1?: string } {
  if (SHA256.test(etag)) return { sha256: etag };
  return /^[0-9a-f]{40}$/.test(etag) ? { gitSha1: etag } : {};
}
