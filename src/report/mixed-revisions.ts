import { listRevisions } from '../store/judge-revisions.ts';
import type { Database } from '../store/open-store.ts';
import type { CountedRecord } from './counted-record.ts';
import type { MixedRevisions } from './report-model.ts';

/** The counted judges of a campaign whose verdicts come from more than one set of weights or settings. */
export async function readMixedRevisions(
  database: Database,
  { campaign, judges }: Pick<CountedRecord, 'campaign' | 'judges'>,
): Promise<MixedRevisions[]> {
  const counted = (await listRevisions(database, campaign.id)).filter(
    ({ subject, judge }) => judges[subject].length === 0 || judges[subject].includes(judge),
  );
  return [...Map.groupBy(counted, ({ subject, judge }) => `${subject} ${judge}`).values()].flatMap((rows) => {
    const [first] = rows;
    if (first === undefined || rows.length === 1) return [];
    const { subject, judge } = first;
    return { subject, judge, revisions: rows.map(({ revision, verdicts }) => ({ revision, verdicts })) };
  });
}
