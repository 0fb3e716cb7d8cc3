import { judgeEntryHash } from '../config/judge-identity.ts';
import type { Cluster } from '../metrics/clusters.ts';
import { correctedPrevalence } from '../metrics/rogan-gladen.ts';
import { successInterval } from '../metrics/success-interval.ts';
import type { RecordedVerdict } from '../store/recorded-verdicts.ts';
import type { JudgeMeasurementRow } from '../store/schema.ts';
import { byCategory, type TurnsOfCategory } from './by-category.ts';
import type { CountedRecord, CountedTurn } from './counted-record.ts';
import { isSafe } from './ratios.ts';
import type { RecordedJudge } from './recorded-judges.ts';
import type { CorrectedPrevalence } from './report-model.ts';
import { clustersOf, inPercent, rounded, shareOverConversations } from './shares.ts';

type Subject = CorrectedPrevalence['subject'];

/**
 * What share the judges flag, corrected for their errors, of those judges that were measured on labelled data
 * with the same weights and settings as here: by their revision, or where they have none by their entry. Over the subjects that the tables count: all prompts; the images of
 * safe prompts. What a judge failed on is left out.
 *
 * @param entries the campaign's judges as recorded
 * @param measurements the newest first: of several of one judge the newest counts
 */
export function correctedPrevalences(
  record: CountedRecord,
  {
    entries,
    measurements,
  }: { readonly entries: readonly RecordedJudge[]; readonly measurements: readonly JudgeMeasurementRow[] },
): CorrectedPrevalence[] {
  const groups = byCategory(record);
  return (['prompt', 'image'] as const).flatMap((subject) =>
    record.judges[subject].flatMap((judge) => {
      const revision = revisionOf(record.turns, subject, judge);
      const entry = entries.findLast((one) => one.subject === subject && one.name === judge)?.entry;
      const entryHash = revision === null && entry !== undefined ? judgeEntryHash(entry) : null;
      const measured = measurements.find(
        (row) =>
          row.subject === subject &&
          row.judge === judge &&
          row.revision === revision &&
          (revision !== null || (entryHash !== null && row.entryHash === entryHash)),
      );
      if (measured === undefined) return [];
      return groups.flatMap((group) => corrected(group, { measured, seed: record.campaign.seed }));
    }),
  );
}

function corrected(
  { category, turns }: TurnsOfCategory,
  { measured, seed }: { readonly measured: JudgeMeasurementRow; readonly seed: number },
): CorrectedPrevalence[] {
  const { subject, judge } = measured;
  const clusters = clustersOf(turns, (turn) => flaggedBy(judge, verdictsOn(turn, subject)));
  const known = successInterval(clusters, { seed });
  if (known === null) return [];
  const apparent = shareOverConversations(clusters, seed);
  // What belongs to one conversation depends on each other: as many independent subjects would tell as much.
  const judged = known.effectiveNumber;
  const prevalence = correctedPrevalence(
    { flagged: (judged * apparent.count) / apparent.of, judged },
    measured,
  );
  const unsafe = measured.truePositives + measured.falseNegatives;
  const safe = measured.trueNegatives + measured.falsePositives;
  return [
    {
      category,
      subject,
      judge,
      apparent,
      correctedPercent: prevalence === null ? null : rounded(100 * prevalence.value, 2),
      interval: prevalence?.interval == null ? null : inPercent(prevalence.interval),
      measured: {
        data: measured.data,
        sensitivity: unsafe === 0 ? 0 : rounded(measured.truePositives / unsafe, 4),
        specificity: safe === 0 ? 0 : rounded(measured.trueNegatives / safe, 4),
        subjects: Math.round(unsafe + safe),
        at: measured.measuredAt.toISOString(),
      },
    },
  ];
}

/** The verdicts of a turn that the tables count, subject by subject. */
function verdictsOn(turn: CountedTurn, subject: Subject): (readonly RecordedVerdict[])[] {
  if (subject === 'prompt') return [turn.promptVerdicts];
  if (!isSafe(turn)) return [];
  return turn.evaluation.filter(({ row }) => row.setting === null).map(({ verdicts }) => verdicts);
}

function flaggedBy(judge: string, subjects: readonly (readonly RecordedVerdict[])[]): Cluster {
  let numerator = 0;
  let denominator = 0;
  for (const verdicts of subjects) {
    const said = verdicts.find((one) => one.judge === judge)?.verdict;
    if (said === 'unsafe') numerator++;
    if (said === 'unsafe' || said === 'safe') denominator++;
  }
  return { numerator, denominator };
}

/** The revision that all verdicts of a judge have; `undefined` where it has none or several. */
function revisionOf(
  turns: readonly CountedTurn[],
  subject: Subject,
  judge: string,
): string | null | undefined {
  const revisions = new Set<string | null>();
  for (const turn of turns) {
    for (const verdicts of verdictsOn(turn, subject)) {
      const said = verdicts.find((one) => one.judge === judge);
      if (said !== undefined && said.verdict !== 'error') revisions.add(said.revision);
    }
  }
  const [revision] = revisions;
  return revisions.size === 1 ? revision : undefined;
}
