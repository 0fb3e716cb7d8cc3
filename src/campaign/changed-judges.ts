import type { Judges } from '../judges/registry.ts';
import { listRevisions } from '../store/judge-revisions.ts';
import type { Database } from '../store/open-store.ts';

/**
 * Says which judges at hand have other weights or settings than when they judged for a campaign before:
 * what they say from now on would stand in one column with what they said then. Judges without a revision
 * (servers, most of the user's own) cannot be compared.
 *
 * @returns a warning a judge
 */
export async function changedJudgeNotes(
  database: Database,
  campaignId: string,
  judges: Judges,
): Promise<string[]> {
  const comparable = [...judges.prompt, ...judges.image].filter(({ revision }) => revision !== undefined);
  if (comparable.length === 0) return [];
  const stored = await listRevisions(database, campaignId);
  return comparable.flatMap(({ subject, name, revision }) => {
    const others = stored
      .filter((row) => row.subject === subject && row.judge === name && row.revision !== revision)
      .reduce((sum, { verdicts }) => sum + verdicts, 0);
    if (others === 0) return [];
    return `The judge ${JSON.stringify(name)} has other weights or settings than when it gave ${others} of its verdicts on ${subject}s of this campaign. Those stay as they are; what it says from now on may not compare with them.`;
  });
}
