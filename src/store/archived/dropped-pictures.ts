import { sql } from 'drizzle-orm';
import type { Database } from '../open-store.ts';
import { rowsOf } from '../rows.ts';
import { images } from '../schema.ts';
import { hashesOf } from './read-rows.ts';

/** The time by the clock of the database, as it takes it back. */
export async function momentOfDatabase(database: Database): Promise<string> {
  const [row] = rowsOf(await database.execute(sql`select clock_timestamp()::text as now`));
  return String(row?.now);
}

/**
 * The hashes of the files of a campaign's pictures that may have been removed since a moment: nothing referred to
 * them yet when they were stored.
 *
 * @param since by {@link momentOfDatabase}
 */
export async function listDroppedPictures(
  database: Database,
  campaignId: string,
  since: string,
): Promise<ReadonlySet<string>> {
  const rows = rowsOf(
    await database.execute(sql`
      select case kept when 'blurred' then kept_hash else hash end as hash from ${images}
      where dropped_at >= ${since}::timestamptz and kept <> 'none' and hash in (${hashesOf(campaignId)})`),
  );
  return new Set(rows.map(({ hash }) => String(hash)));
}
