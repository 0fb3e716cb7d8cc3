import type { z } from 'zod';
import { readArchivedRows } from '../store/archived/read-rows.ts';
import { type ArchivedRow, type ArchivedTable, ROW_SCHEMAS } from '../store/archived/rows.ts';
import type { Database } from '../store/open-store.ts';
import { StoreError } from '../store/store-error.ts';
import { fileOf, firstIssue } from './manifest.ts';

/** So many characters of rows are handed on at once. */
const CHUNK_CHARACTERS = 64 * 1024;

/** How rows are written. */
export interface LineOptions {
  /** `false`: as if nothing were left of any picture. */
  readonly pictures: boolean;
  /** What the campaign is to be called, where it is to be compared with one of another id. */
  readonly id?: string;
  /** Hears of every row. */
  readonly onRow?: (row: object) => void;
}

/**
 * A table of a campaign as archives hold it: the same campaign gives the same text, whatever database it is in.
 *
 * @param moment a transaction
 * @throws {@link StoreError} `STORE_FAILED` where the store holds what no archive could
 */
export async function* campaignLines(
  moment: Database,
  table: ArchivedTable,
  campaignId: string,
  options: LineOptions,
): AsyncGenerator<string> {
  const schema: z.ZodType<ArchivedRow<ArchivedTable>> = ROW_SCHEMAS[table];
  let waiting = '';
  for await (const text of readArchivedRows(moment, table, campaignId)) {
    const parsed = schema.safeParse(JSON.parse(text));
    if (!parsed.success) throw unfit(table, firstIssue(parsed.error));
    options.onRow?.(parsed.data);
    waiting += `${JSON.stringify(changed(parsed.data, options))}\n`;
    if (waiting.length < CHUNK_CHARACTERS) continue;
    yield waiting;
    waiting = '';
  }
  if (waiting !== '') yield waiting;
}

function changed(row: ArchivedRow<ArchivedTable>, { pictures, id }: LineOptions): object {
  if ('kept' in row) return pictures ? row : { ...row, kept: 'none', keptHash: null };
  return id !== undefined && 'configHash' in row ? { ...row, id } : row;
}

function unfit(table: ArchivedTable, issue: string): StoreError {
  return new StoreError({
    code: 'STORE_FAILED',
    message: `The campaign holds something that an archive cannot: ${fileOf(table)}, ${issue}`,
    hint: 'Nothing was written. This is a defect of ART; please report it with the text above.',
    data: { table },
  });
}
