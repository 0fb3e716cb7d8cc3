import { messageOf } from '../errors.ts';

/** What PGlite's file system (Emscripten's) calls ENOSPC and EDQUOT; its errors are plain objects. */
const FULL_ERRNOS: ReadonlySet<unknown> = new Set([51, 19]);

/** PostgreSQL's `disk_full`; its messages do not all say so. */
const FULL_CODE = '53100';

/** Whether an error, or what caused it, says that there is no room left on the disk. */
export function isDiskFull(error: unknown): boolean {
  return chainOf(error).some(
    (link) =>
      /ENOSPC|EDQUOT|no space left|disk full/i.test(messageOf(link)) ||
      (link instanceof Error && 'code' in link && link.code === FULL_CODE) ||
      (typeof link === 'object' &&
        link !== null &&
        !(link instanceof Error) &&
        'errno' in link &&
        FULL_ERRNOS.has(link.errno)),
  );
}

/** An error and what caused it, the outermost first. */
export function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let link = error; link !== undefined && chain.length < 10; ) {
    chain.push(link);
    link = link instanceof Error ? link.cause : undefined;
  }
  return chain;
}
