import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Loads an optional package: from the user's project first, then from where ART is installed.
 *
 * @param name of the package
 * @param folder of the user's configuration
 * @returns the module's exports, or `undefined` where the package is not installed
 * @throws whatever the package throws while it loads
 */
export async function loadPackage(name: string, folder: string): Promise<object | undefined> {
  for (const from of [join(folder, 'art.config.ts'), import.meta.filename]) {
    const path = resolveFrom(name, from);
    if (path === undefined) continue;
    const loaded: unknown = await import(pathToFileURL(path).href);
    return typeof loaded === 'object' && loaded !== null ? loaded : undefined;
  }
  return undefined;
}

function resolveFrom(name: string, file: string): string | undefined {
  try {
    return createRequire(file).resolve(name);
  } catch {
    // Not installed there, which is what was to be found out.
    return undefined;
  }
}
