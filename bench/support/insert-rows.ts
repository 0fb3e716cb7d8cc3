import { sql } from 'drizzle-orm';
import type { Database } from '../../src/store/open-store.ts';
import { rowsOf } from '../../src/store/rows.ts';

/** Rows of a statement: enough for speed, few enough for the memory of an embedded database. */
const ROWS_A_STATEMENT = 5_000;

/** Inserts rows by the thousands, unless they are there; the columns as in `create table`, their names the keys of the rows. */
export async function insertRows(
  database: Database,
  {
    table,
    columns,
    rows,
    returning,
  }: {
    readonly table: string;
    readonly columns: string;
    readonly rows: readonly Readonly<Record<string, unknown>>[];
    readonly returning?: string;
  },
): Promise<Record<string, unknown>[]> {
  const names = columns
    .split(', ')
    .map((column) => column.split(' ')[0])
    .join(', ');
  const stored: Record<string, unknown>[] = [];
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
    const chunk = rows.slice(start, start + ROWS_A_STATEMENT);
    const result = await database.execute(sql`
      insert into art.${sql.raw(table)} (${sql.raw(names)})
      select ${sql.raw(names)} from jsonb_to_recordset(${JSON.stringify(chunk)}::jsonb) as r(${sql.raw(columns)})
      on conflict do nothing
      ${sql.raw(returning === undefined ? '' : `returning ${returning}`)}`);
    stored.push(...rowsOf(result));
  }
  return stored;
}
