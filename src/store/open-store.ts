import { randomUUID } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { migrate as migrateNode } from 'drizzle-orm/node-postgres/migrator';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite';
import { migrate as migratePglite } from 'drizzle-orm/pglite/migrator';
import { messageOf } from '../errors.ts';
import { isDiskFull } from './disk-full.ts';
import { readEmptyDatabase } from './empty-database.ts';
import { lockFolder } from './folder-lock.ts';
import type { ImageStore } from './image-store.ts';
import { openImages } from './open-images.ts';
import { databaseOn } from './open-pool.ts';
import { connectionError } from './refused-connection.ts';
import { rowsOf } from './rows.ts';
import { StoreError } from './store-error.ts';

/** A connection or a transaction: what every query of the store runs on. */
export type Database = PgDatabase<PgQueryResultHKT, Record<string, never>>;

/** An open store. */
export interface Store {
  /** `embedded`: PGlite in this process; `server`: PostgreSQL. */
  readonly kind: 'embedded' | 'server';
  /** Where the data is, for people. */
  readonly location: string;
  readonly dataDir: string;
  readonly database: Database;
  readonly images: ImageStore;
  /** What pg-boss works on. */
  readonly queueConnection:
    | { readonly backend: 'pglite'; readonly client: PgliteClient }
    | { readonly backend: 'postgres'; readonly connectionString: string };
  close(): Promise<void>;
}

/** What pg-boss's PGlite adapter needs of a PGlite. */
export type PgliteClient = import('@electric-sql/pglite').PGlite;

/** Where the store is and what it is opened for. */
export interface StoreOptions {
  /** The folder with images and, unless `databaseUrl` is given, the embedded database. */
  readonly dataDir: string;
  /** `postgres://…`: work on a PostgreSQL server instead. */
  readonly databaseUrl?: string | undefined;
  /** Where the images are: another folder, or `s3://bucket/prefix?…`; default: `images` in the data folder. */
  readonly imagesUrl?: string | undefined;
  /** What this process does, for the message that others get while it holds the folder. */
  readonly command: string;
}

/** How long a server may take to accept a connection. */
const CONNECT_MS = 15_000;
/** How long a statement may take; reports of the largest campaigns take seconds. */
export const LONGEST_QUERY_MS = 300_000;
/**
 * How long the server keeps a transaction in which nothing happens: that of a machine that is cut off would hold what it
 * has written, and whoever writes the same would wait for the system to notice, for hours.
 */
const LONGEST_IDLE_MS = 20_000;

const MIGRATIONS = {
  migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)),
  migrationsSchema: 'art',
  migrationsTable: 'migrations',
};

/** The layout of the data folder. */
const FOLDER_FORMAT = 1;

/**
 * Opens the store, creating it or bringing its schema up to date where needed.
 *
 * @throws {@link StoreError} `DATA_FOLDER_IN_USE`, `DATA_FOLDER_NEWER`, `DATA_FOLDER_UNREADABLE`,
 *   `DATABASE_UNREACHABLE`, `DATABASE_REFUSED`, `DATABASE_MISSING`, `DATABASE_NEWER`
 * @throws {@link UsageError} `BAD_IMAGES_URL`, `MISSING_PACKAGE`
 */
export async function openStore({ dataDir, databaseUrl, imagesUrl, command }: StoreOptions): Promise<Store> {
  const folder = resolve(dataDir);
  const images = openImages(folder, imagesUrl);
  prepareFolder(folder);
  return databaseUrl === undefined
    ? await openEmbedded(folder, images, command)
    : await openServer(folder, images, databaseUrl);
}

async function openEmbedded(folder: string, images: ImageStore, command: string): Promise<Store> {
  const lock = lockFolder(folder, command);
  let client: PgliteClient | undefined;
  const close = async () => {
    try {
      await client?.close();
    } finally {
      lock.release();
    }
  };
  try {
    client = await openPglite(folder);
    const database = drizzlePglite(client);
    await refuseNewerSchema(database, folder, 'DATA_FOLDER_NEWER');
    await migratePglite(database, MIGRATIONS);
    return {
      kind: 'embedded',
      location: folder,
      dataDir: folder,
      database,
      images,
      queueConnection: { backend: 'pglite', client },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openPglite(folder: string): Promise<PgliteClient> {
  const { PGlite } = await import('@electric-sql/pglite');
  const path = join(folder, 'database');
  try {
    if (!existsSync(path)) {
      // Created aside and renamed, so that a process killed meanwhile leaves no half a database.
      for (const entry of readdirSync(folder)) {
        if (entry.startsWith('database.new.')) rmSync(join(folder, entry), { recursive: true, force: true });
      }
      const draft = join(folder, `database.new.${randomUUID()}`);
      const empty = readEmptyDatabase();
      const fresh = await PGlite.create(draft, empty === undefined ? {} : { loadDataDir: empty });
      await fresh.close();
      renameSync(draft, path);
    }
    // PGlite does not follow a link, by which a database may lie on another disk.
    return await PGlite.create(realpathSync(path));
  } catch (cause) {
    if (isDiskFull(cause)) {
      throw new StoreError({
        code: 'DISK_FULL',
        message: `The disk is full: there is no room for the database in ${path}.`,
        hint: 'Make room (an empty database takes some 40 MB), or choose another folder with --data-dir.',
        data: { path },
        cause,
      });
    }
    throw new StoreError({
      code: 'DATA_FOLDER_UNREADABLE',
      message: `The database in ${path} cannot be opened: ${messageOf(cause)}`,
      hint: 'Check the disk and the permissions; if the folder is damaged, move it away and start a new one, or choose another with --data-dir.',
      data: { path },
      cause,
    });
  }
}

async function openServer(folder: string, images: ImageStore, databaseUrl: string): Promise<Store> {
  const { Pool } = (await import('pg')).default;
  if (!isReadable(databaseUrl)) {
    // Without the cause: it holds the URL, and so the password.
    throw new StoreError({
      code: 'DATABASE_UNREACHABLE',
      message: 'What is given with --database is no URL of a PostgreSQL server.',
      hint: 'It looks like postgres://user:password@host:5432/database.',
    });
  }
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 10,
    application_name: 'art',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: CONNECT_MS,
    // A connection that leads nowhere any more (a partition, a firewall that forgot it) would hang for a quarter of an hour.
    query_timeout: LONGEST_QUERY_MS,
    // Not as a parameter of the connection: poolers refuse those that they do not know.
    onConnect: async (client) => {
      await client.query(`set idle_in_transaction_session_timeout = ${LONGEST_IDLE_MS}`);
    },
  });
  // An idle connection that breaks must not end the process: the next query opens another.
  pool.on('error', () => undefined);
  // Nor one that breaks between two statements of a transaction: the next statement says so.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const location = withoutCredentials(databaseUrl);
  try {
    const database = databaseOn(pool);
    await pool.query('select 1').catch((cause: unknown) => {
      throw connectionError(cause, databaseUrl, location);
    });
    await refuseNewerSchema(database, location, 'DATABASE_NEWER');
    const client = await pool.connect();
    try {
      // Two processes that start at once must not both migrate.
      await client.query(`select pg_advisory_lock(hashtext('art.migrations'))`);
      await migrateNode(database, MIGRATIONS);
    } finally {
      await client.query(`select pg_advisory_unlock(hashtext('art.migrations'))`);
      client.release();
    }
    return {
      kind: 'server',
      location,
      dataDir: folder,
      database,
      images,
      queueConnection: { backend: 'postgres', connectionString: databaseUrl },
      close: () => pool.end(),
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

function prepareFolder(folder: string): void {
  try {
    // Pictures and prompts in it may be disturbing, and are nobody else's business.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new StoreError({
      code: 'DATA_FOLDER_UNREADABLE',
      message: `The data folder ${folder} cannot be read and written: ${messageOf(cause)}`,
      hint: 'Check its permissions, or choose another folder with --data-dir.',
      data: { folder },
      cause,
    });
  }
  const marker = join(folder, 'format.json');
  if (!existsSync(marker)) {
    if (existsSync(join(folder, 'PG_VERSION'))) {
      throw new StoreError({
        code: 'DATA_FOLDER_UNREADABLE',
        message: `${folder} is a PostgreSQL folder, not a data folder of ART.`,
        hint: 'Choose another folder with --data-dir.',
        data: { folder },
      });
    }
    writeMarker(marker, folder);
    return;
  }
  const format = readFormat(marker, folder);
  if (format > FOLDER_FORMAT) {
    throw new StoreError({
      code: 'DATA_FOLDER_NEWER',
      message: `The data folder ${folder} was written by a newer version of ART (format ${format}, this one knows ${FOLDER_FORMAT}).`,
      hint: 'Update ART, or choose another folder with --data-dir.',
      data: { folder, format },
    });
  }
}

function writeMarker(marker: string, folder: string): void {
  // Written aside and renamed: a marker cut off by a crash would make the folder unreadable for good.
  const draft = `${marker}.${randomUUID()}.draft`;
  try {
    writeFileSync(draft, `${JSON.stringify({ format: FOLDER_FORMAT })}\n`);
    renameSync(draft, marker);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw new StoreError({
      code: 'DATA_FOLDER_UNREADABLE',
      message: `The data folder ${folder} cannot be written: ${messageOf(cause)}`,
      hint: 'Check the disk and its permissions, or choose another folder with --data-dir.',
      data: { folder },
      cause,
    });
  }
}

function readFormat(marker: string, folder: string): number {
  try {
    const value: unknown = JSON.parse(readFileSync(marker, 'utf8'));
    if (
      typeof value === 'object' &&
      value !== null &&
      'format' in value &&
      typeof value.format === 'number'
    ) {
      return value.format;
    }
  } catch (cause) {
    throw new StoreError({
      code: 'DATA_FOLDER_UNREADABLE',
      message: `${marker} cannot be read: ${messageOf(cause)}`,
      hint: 'Check its permissions, or choose another folder with --data-dir.',
      data: { folder },
      cause,
    });
  }
  throw new StoreError({
    code: 'DATA_FOLDER_UNREADABLE',
    message: `${marker} does not say which format the data folder has.`,
    hint: `Is ${folder} a data folder of ART? If so, write {"format":1} into the file.`,
    data: { folder },
  });
}

async function refuseNewerSchema(
  database: Database,
  location: string,
  code: 'DATA_FOLDER_NEWER' | 'DATABASE_NEWER',
): Promise<void> {
  const table = await database.execute(sql`select to_regclass('art.migrations') is not null as present`);
  if (!rowsOf(table)[0]?.present) return;
  const applied = await database.execute(
    sql`select max(created_at)::bigint::text as newest from art.migrations`,
  );
  const newest = Number(rowsOf(applied)[0]?.newest ?? 0);
  const known = Math.max(...readMigrationFiles(MIGRATIONS).map(({ folderMillis }) => folderMillis));
  if (newest > known) {
    throw new StoreError({
      code,
      message: `The data in ${location} was written by a newer version of ART.`,
      hint: 'Update ART, or choose another place with --data-dir or --database.',
      data: { location },
    });
  }
}

function isReadable(databaseUrl: string): boolean {
  // With one slash too few, user and password would be taken for a path, and shown.
  return (
    /^postgres(?:ql)?:\/\//i.test(databaseUrl) && URL.parse(databaseUrl)?.pathname.includes('@') === false
  );
}

function withoutCredentials(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.username = '';
  url.password = '';
  url.search = '';
  return url.toString();
}
