import { basename, isAbsolute, relative, resolve, sep } from 'node:path';
import { UsageError } from '../errors.ts';

/**
 * A path as a dataset may name it, for it may be published: from the working folder on where it lies within, otherwise its last
 * name alone. Who has which folders is nobody's business.
 *
 * @param cwd the working folder
 */
export function shownPath(path: string, cwd: string): string {
  const whole = resolve(cwd, path);
  const within = relative(cwd, whole);
  const inside = within !== '' && !isAbsolute(within) && within.split(sep)[0] !== '..';
  return (inside ? within : basename(whole)).split(sep).join('/');
}

/** Why a file could not be read, without its path, which Node's message names. */
export function fileProblem(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
  return code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`;
}
