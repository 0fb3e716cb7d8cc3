import { join } from 'node:path';
import type { FetchLimits } from '../../../datasets/fetch-public.ts';
import type { BuiltMeta } from '../../../datasets/meta/build-meta.ts';
import { FAILURES_FILE } from '../../../datasets/meta/picture-failures.ts';
import { ArtError } from '../../../errors.ts';

/** Redirects that are followed to a picture. */
const MOST_REDIRECTS = 5;

/** The limits of fetching pictures. */
export function pictureLimits({
  mostMegabytes,
  timeout,
  allowPrivateAddresses = false,
}: {
  readonly mostMegabytes: number;
  /** In seconds. */
  readonly timeout: number;
  readonly allowPrivateAddresses?: boolean | undefined;
}): FetchLimits {
  return {
    mostBytes: mostMegabytes * 1_000_000,
    timeoutMs: timeout * 1_000,
    redirects: MOST_REDIRECTS,
    allowPrivate: allowPrivateAddresses,
    proxyVariable: ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'].find(
      (name) => (process.env[name] ?? '') !== '',
    ),
  };
}

/** What to tell of pictures that could not be had: for programs, and for people. */
export function failuresTold(
  { count, kept, first }: BuiltMeta['failures'],
  folder: string,
): { readonly facts: object; readonly notes: readonly string[] } {
  const file = count === 0 ? null : join(folder, FAILURES_FILE);
  const note = `${count} ${count === 1 ? 'picture' : 'pictures'} could not be had; ${kept} of the items are kept without. All are listed in ${file}; the first: ${first?.slice(0, 300)}`;
  return { facts: { failures: { count, kept, file } }, notes: count === 0 ? [] : [note] };
}

/**
 * Ends with an error where pictures were wanted and none came.
 *
 * @throws {@link ArtError} `NO_PICTURES_GOT`
 */
export function requirePictures({ images, failures }: BuiltMeta, folder: string): void {
  if (images > 0 || failures.count === 0) return;
  throw new ArtError({
    code: 'NO_PICTURES_GOT',
    message: `Not one of ${failures.count} pictures could be had; the first: ${failures.first?.slice(0, 300)}`,
    hint: `${join(folder, FAILURES_FILE)} lists them all. The same command tries them again.`,
    data: { count: failures.count },
  });
}
