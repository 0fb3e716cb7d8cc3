import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { expect, it, onTestFinished } from 'vitest';
import { readEmptyDatabase } from './empty-database.ts';
import { temporaryFolder } from './store-fixtures.ts';

it('is there after npm ci, of the version of PGlite that is installed, and empty', async () => {
  const archive = readEmptyDatabase();
  expect(archive?.size).toBeGreaterThan(1_000_000);
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'database');
  const fresh = await PGlite.create(path, archive === undefined ? {} : { loadDataDir: archive });
  await fresh.close();
  expect(existsSync(join(path, 'PG_VERSION'))).toBe(true);
  const again = await PGlite.create(path);
  const { rows } = await again.query(
    `select nspname from pg_namespace where nspname not like 'pg\\_%' and nspname <> 'information_schema'`,
  );
  await again.close();
  expect(rows).toEqual([{ nspname: 'public' }]);
});

it('is not taken from a folder that has none of that version', () => {
  expect(readEmptyDatabase(pathToFileURL('/nowhere/'))).toBeUndefined();
});
