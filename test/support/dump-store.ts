import { inspect } from 'node:util';
import { z } from 'zod';
import type { Store } from '../../src/store/open-store.ts';

const rowsSchema = z.object({ rows: z.array(z.record(z.string(), z.unknown())) });

/** Everything that all tables of a store's database hold, as text. */
export async function dumpOf({ database }: Store): Promise<string> {
  const query = async (text: string) => rowsSchema.parse(await database.execute(text)).rows;
  const tables = await query(
    `select table_schema as schema, table_name as name from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
  );
  if (tables.length < 10) throw new Error(`there are ${tables.length} tables`);
  const parts: string[] = [];
  for (const { schema, name } of tables) {
    const rows = await query(`select * from "${String(schema)}"."${String(name)}"`);
    // Texts as they are, and what JSON has no word for.
    parts.push(
      JSON.stringify(rows),
      inspect(rows, { depth: null, maxArrayLength: null, maxStringLength: null }),
    );
  }
  return parts.join('\n');
}
