import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { rowsOf } from '../../src/store/rows.ts';
import { look, type Place } from './read-campaign.ts';

const MIGRATIONS = fileURLToPath(new URL('../../src/store/migrations', import.meta.url));
/** The tables of the first version, in the order in which their rows can be stored. */
const TABLES = [
  'campaigns',
  'conversations',
  'images',
  'turns',
  'evaluation_images',
  'verdicts',
  'requests',
] as const;

/** Runs SQL without parameters, several statements at once. */
export type RunSql = (text: string) => Promise<unknown>;

/** Rows of an interrupted campaign, a list a table, as JSON. */
export type InterruptedRows = Readonly<Record<(typeof TABLES)[number], string>>;

/**
 * What a campaign had in its tables when half of its rounds had been played, and the images of a quarter drawn.
 *
 * @param place of a campaign that is done
 */
export function interruptedRows(place: Place): Promise<InterruptedRows> {
  return look(place, async ({ database }) => {
    const played = `t.round < (select rounds from art.campaigns c where c.id = t.campaign_id) / 2`;
    const drawn = `e.number < 1 and e.turn_id in (select t.id from art.turns t where t.round < 2)`;
    const turns = `select t.* from art.turns t where ${played}`;
    const images = `select e.* from art.evaluation_images e where ${drawn}`;
    const queries: Readonly<Record<(typeof TABLES)[number], string>> = {
      // Killed in its last session: nobody has noted that it ended.
      campaigns: `select to_jsonb(c) || '{"status": "running", "finished_at": null}' from art.campaigns c`,
      conversations: `select to_jsonb(c) || '{"status": "running", "finished_at": null}' from art.conversations c`,
      images: `select to_jsonb(i) from art.images i where i.hash in
        (select image_hash from (${turns}) t union select image_hash from (${images}) e)`,
      turns: `select to_jsonb(t) from (${turns}) t`,
      evaluation_images: `select to_jsonb(e) from (${images}) e`,
      verdicts: `select to_jsonb(v) from art.verdicts v join (${turns}) t on t.id = v.turn_id
        where v.subject <> 'evaluation image' or exists
          (select 1 from (${images}) e where e.turn_id = v.turn_id and e.number = v.number)`,
      requests: `select to_jsonb(r) from art.requests r join (${turns}) t on t.id = r.turn_id
        where r.evaluation_number is null or exists
          (select 1 from (${images}) e where e.turn_id = r.turn_id and e.number = r.evaluation_number)`,
    };
    const found: [string, string][] = [];
    for (const table of TABLES) {
      const rows = await database.execute(
        sql.raw(`select jsonb_agg(row) as rows from (${queries[table]}) as r(row)`),
      );
      found.push([table, JSON.stringify(rowsOf(rows)[0]?.rows ?? [])]);
    }
    const byTable = new Map(found);
    const of = (table: (typeof TABLES)[number]) => byTable.get(table) ?? '[]';
    return {
      campaigns: of('campaigns'),
      conversations: of('conversations'),
      images: of('images'),
      turns: of('turns'),
      evaluation_images: of('evaluation_images'),
      verdicts: of('verdicts'),
      requests: of('requests'),
    };
  });
}

/**
 * Makes the tables of the first version in an empty database, with its first migration alone, and fills them by plain
 * SQL, which stores what there were columns for.
 */
export async function storeAsFirstVersion(run: RunSql, rows: InterruptedRows): Promise<void> {
  const [first] = readMigrationFiles({ migrationsFolder: MIGRATIONS });
  if (first === undefined) throw new Error('there are no migrations');
  await run(
    readFileSync(join(MIGRATIONS, '0000_first.sql'), 'utf8').replaceAll('--> statement-breakpoint', ''),
  );
  await run(`
    create table art.migrations (id serial primary key, hash text not null, created_at bigint);
    insert into art.migrations (hash, created_at) values ('${first.hash}', ${first.folderMillis});`);
  for (const table of TABLES) {
    await run(`
      insert into art.${table} overriding system value
      select * from jsonb_populate_recordset(null::art.${table}, $rows$${rows[table]}$rows$::jsonb);`);
  }
  for (const table of TABLES.filter((name) => name !== 'campaigns' && name !== 'images')) {
    await run(
      `select setval(pg_get_serial_sequence('art.${table}', 'id'), (select max(id) from art.${table}))`,
    );
  }
}

/**
 * An embedded data folder as the first version left it: its database, and the pictures of the rows.
 *
 * @param pictures the images folder of a campaign that has them all
 */
export async function firstVersionFolder(rows: InterruptedRows, pictures: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'art-chaos-first-'));
  const { PGlite } = await import('@electric-sql/pglite');
  const client = await PGlite.create(join(folder, 'database'));
  await storeAsFirstVersion((text) => client.exec(text), rows);
  await client.close();
  writeFileSync(join(folder, 'format.json'), '{"format":1}\n');
  copyPictures(rows, pictures, folder);
  return folder;
}

/** Copies the pictures that the rows know into a data folder. */
export function copyPictures(rows: InterruptedRows, pictures: string, folder: string): void {
  mkdirSync(join(folder, 'images'), { recursive: true });
  for (const hash of new Set(rows.images.match(/[0-9a-f]{64}/g))) {
    const file = join(hash.slice(0, 2), `${hash}.png`);
    cpSync(join(pictures, file), join(folder, 'images', file), { recursive: true });
  }
}
