import { sql } from 'drizzle-orm';
import type { Database } from './open-store.ts';
import { rowsOf } from './rows.ts';
import { verdicts } from './schema.ts';

/** How many verdicts of a campaign a judge gave with the same weights and settings. */
export interface RevisionCount {
  readonly subject: 'prompt' | 'image';
  readonly judge: string;
  readonly revision: string;
  /** Errors are not among them. */
  readonly verdicts: number;
}

/**
 * The revisions of the judges whose verdicts a campaign holds, each judge's in the order in which they came.
 * Judges without one (servers, judges of the user's own) are not among them.
 */
export async function listRevisions(database: Database, campaignId: string): Promise<RevisionCount[]> {
  const rows = rowsOf(
    await database.execute(sql`
      select case subject when 'prompt' then 'prompt' else 'image' end as kind, judge, revision,
        count(*)::int as verdicts
      from ${verdicts}
      where campaign_id = ${campaignId} and revision is not null and verdict <> 'error'
      group by kind, judge, revision
      order by kind desc, judge collate "C", min(id)`),
  );
  return rows.map(({ kind, judge, revision, verdicts: count }) => ({
    subject: kind === 'prompt' ? 'prompt' : 'image',
    judge: String(judge),
    revision: String(revision),
    verdicts: Number(count),
  }));
}
