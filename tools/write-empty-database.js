/**
 * Writes `database/`: an empty embedded database of the installed PGlite, so that a new data folder is a copy of it.
 * Making one from nothing takes five times as long.
 *
 * JavaScript, for `npm ci` runs it with whatever Node there is. With `--if-possible` it does nothing where PGlite cannot
 * be loaded: then every data folder is made from nothing.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const { PGlite } = await import('@electric-sql/pglite').catch((error) => {
  if (process.argv.includes('--if-possible')) return {};
  throw error;
});
if (PGlite !== undefined) {
  const manifest = new URL('../package.json', import.meta.resolve('@electric-sql/pglite'));
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  const database = await PGlite.create();
  const archive = await database.dumpDataDir('gzip');
  await database.close();
  const folder = new URL('../database/', import.meta.url);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(new URL(`empty-${version}.tar.gz`, folder), Buffer.from(await archive.arrayBuffer()));
}
