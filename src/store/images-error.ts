import { chainOf } from './disk-full.ts';
import { StoreError, type StoreErrorCode } from './store-error.ts';

const CODES: ReadonlySet<StoreErrorCode> = new Set([
  'IMAGES_UNREACHABLE',
  'IMAGES_REFUSED',
  'IMAGES_ELSEWHERE',
]);

/** Whether an error, or what caused it, says that the place of the images cannot be used: the database may be well. */
export function isImagesError(error: unknown): boolean {
  return chainOf(error).some((link) => link instanceof StoreError && CODES.has(link.code));
}
