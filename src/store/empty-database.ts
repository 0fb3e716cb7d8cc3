import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/** Where `tools/write-empty-database.js` puts it: beside `src/` in a clone, beside `dist/` when installed. */
const FOLDER = new URL('../../database/', import.meta.url);

/**
 * The archive of an empty embedded database, from which a new one is had in a fifth of the time.
 *
 * @param folder where it is looked for
 * @returns `undefined` where there is none of the installed PGlite's version: then one is made from nothing
 */
export function readEmptyDatabase(folder: URL = FOLDER): Blob | undefined {
  const archive = new URL(`empty-${pgliteVersion()}.tar.gz`, folder);
  return existsSync(archive) ? new Blob([readFileSync(archive)], { type: 'application/x-gzip' }) : undefined;
}

function pgliteVersion(): string {
  const manifest = new URL('../package.json', import.meta.resolve('@electric-sql/pglite'));
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8'))).version;
}
