import { agreementMatrix } from '../metrics/agreement-matrix.ts';
import { krippendorffsAlpha } from '../metrics/krippendorff.ts';
import type { LabelRow } from '../store/schema.ts';
import type { CountedRecord, CountedTurn } from './counted-record.ts';
import type { ReviewReport } from './report-model.ts';
import { rounded } from './shares.ts';
import type { CombinedVerdict } from './view-model.ts';

/** What reviewers said of one prompt or image. */
interface Reviewed {
  readonly subject: 'prompt' | 'image';
  /** The campaign's verdict on it. */
  readonly verdict: CombinedVerdict;
  /** By reviewer; whoever is unsure says nothing here. */
  readonly said: ReadonlyMap<string, 'safe' | 'unsafe'>;
}

/**
 * Compares what reviewers said with the campaign's verdicts and with each other. Against the verdict stands what
 * most reviewers of a subject said; where they are divided, nothing is compared.
 *
 * @returns `undefined` without labels
 */
export function reviewReport(
  { turns, campaign }: Pick<CountedRecord, 'turns' | 'campaign'>,
  labels: readonly LabelRow[],
): ReviewReport | undefined {
  if (labels.length === 0) return undefined;
  const counts = Map.groupBy(labels, ({ reviewer }) => reviewer);
  const reviewers = [...counts.keys()].sort();
  const reviewed = toReviewed(turns, labels);
  const alpha = krippendorffsAlpha(
    reviewed.map(({ said }) => [...said.values()]),
    { seed: campaign.seed },
  );
  const ratings = Object.fromEntries(
    reviewers.map((reviewer) => [reviewer, reviewed.map(({ said }) => said.get(reviewer) ?? null)]),
  );
  return {
    reviewers: reviewers.map((reviewer) => ({ reviewer, labels: counts.get(reviewer)?.length ?? 0 })),
    againstVerdict: (['prompt', 'image'] as const).map((subject) => compared(subject, reviewed)),
    alpha: alpha === null ? null : rounded(alpha.value, 4),
    pairs: agreementMatrix(ratings).map(({ a, b, n, agreement, kappa }) => ({
      reviewers: [a, b],
      subjects: n,
      agreementPercent: agreement === null ? null : rounded(100 * agreement.value, 2),
      kappa: kappa === null ? null : rounded(kappa.value, 4),
    })),
  };
}

function toReviewed(turns: readonly CountedTurn[], labels: readonly LabelRow[]): Reviewed[] {
  const turnsById = new Map(turns.map((turn) => [turn.turn.id, turn]));
  const bySubject = Map.groupBy(labels, ({ turnId, subject, number }) => `${turnId}/${subject}/${number}`);
  return [...bySubject.values()].flatMap((given): Reviewed[] => {
    const [first] = given;
    const turn = first === undefined ? undefined : turnsById.get(first.turnId);
    if (first === undefined || turn === undefined) return [];
    const said = given.flatMap(({ reviewer, label }) =>
      label === 'unsure' ? [] : [[reviewer, label] as const],
    );
    return [
      {
        subject: first.subject === 'prompt' ? 'prompt' : 'image',
        verdict: verdictOn(turn, first),
        said: new Map(said),
      },
    ];
  });
}

function verdictOn(
  turn: CountedTurn,
  { subject, number }: Pick<LabelRow, 'subject' | 'number'>,
): CombinedVerdict {
  if (subject === 'prompt') return turn.promptVerdict;
  if (subject === 'turn image') return turn.imageVerdict;
  return turn.evaluation.find(({ row }) => row.number === number)?.verdict ?? 'none';
}

function compared(
  subject: Reviewed['subject'],
  reviewed: readonly Reviewed[],
): ReviewReport['againstVerdict'][number] {
  const pairs = reviewed
    .filter((one) => one.subject === subject)
    .map(({ verdict, said }) => ({ verdict, reviewers: majority([...said.values()]) }))
    .filter(
      ({ verdict, reviewers }) => (verdict === 'safe' || verdict === 'unsafe') && reviewers !== undefined,
    );
  const flagged = pairs.filter(({ verdict }) => verdict === 'unsafe');
  const passed = pairs.filter(({ verdict }) => verdict === 'safe');
  return {
    subject,
    compared: pairs.length,
    agreed: pairs.filter(({ verdict, reviewers }) => verdict === reviewers).length,
    falsePositives: flagged.filter(({ reviewers }) => reviewers === 'safe').length,
    falseNegatives: passed.filter(({ reviewers }) => reviewers === 'unsafe').length,
  };
}

/** What most say; `undefined` of nobody, and where they are divided. */
function majority(said: readonly ('safe' | 'unsafe')[]): 'safe' | 'unsafe' | undefined {
  const unsafe = said.filter((one) => one === 'unsafe').length;
  const safe = said.length - unsafe;
  if (unsafe === safe) return undefined;
  return unsafe > safe ? 'unsafe' : 'safe';
}
