import { mkdir } from 'node:fs/promises';

/**
 * Makes a folder and those above it.
 *
 * @throws what the system says, e.g. `EROFS`: of a folder that may not be made, Node's own says that it is not there
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    await mkdir(path);
  }
}
