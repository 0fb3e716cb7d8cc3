import { agreementMatrix } from '../metrics/agreement-matrix.ts';
import { krippendorffsAlpha } from '../metrics/krippendorff.ts';
import type { LabelRow } from '../store/schema.ts';
import { agreementFigures } from './agreement.ts';
import type { CountedRecord, CountedTurn } from './counted-record.ts';
import type { ReviewReport } from './report-model.ts';
import { rounded, shareOverConversations } from './shares.ts';
import type { CombinedVerdict } from './view-model.ts';

/** What reviewers said of one prompt or image. */
interface Reviewed {
  readonly subject: 'prompt' | 'image';
  /** The conversation that it belongs to. */
  readonly conversation: number;
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
  const bySubject = SUBJECTS.map((subject) => ({
    subject,
    reviewed: reviewed.filter((one) => one.subject === subject),
  }));
  return {
    reviewers: reviewers.map((reviewer) => ({ reviewer, labels: counts.get(reviewer)?.length ?? 0 })),
    againstVerdict: bySubject.map((one) => compared(one, campaign.seed)),
    alpha: bySubject.flatMap((one) => alphaOf(one, campaign.seed)),
    pairs: bySubject.flatMap((one) => pairsOf(one, reviewers)),
  };
}

const SUBJECTS = ['prompt', 'image'] as const;

/** What reviewers said of all prompts, or of all images. */
interface ReviewedOfSubject {
  readonly subject: Reviewed['subject'];
  readonly reviewed: readonly Reviewed[];
}

function alphaOf({ subject, reviewed }: ReviewedOfSubject, seed: number): ReviewReport['alpha'] {
  const alpha = krippendorffsAlpha(
    reviewed.map(({ said }) => [...said.values()]),
    { seed },
  );
  if (alpha === null) return [];
  const { value, interval, subjects } = alpha;
  const range = interval === null ? null : { low: rounded(interval.low, 4), high: rounded(interval.high, 4) };
  return [{ subject, value: rounded(value, 4), interval: range, subjects }];
}

function pairsOf(
  { subject, reviewed }: ReviewedOfSubject,
  reviewers: readonly string[],
): ReviewReport['pairs'] {
  const ratings = Object.fromEntries(
    reviewers.map((reviewer) => [reviewer, reviewed.map(({ said }) => said.get(reviewer) ?? null)]),
  );
  const clusters = reviewed.map(({ conversation }) => conversation);
  return agreementMatrix(ratings, { clusters })
    .filter(({ n }) => n > 0)
    .map((pair) => ({ subject, reviewers: [pair.a, pair.b], ...agreementFigures(pair) }));
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
        conversation: turn.conversation.id,
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
  { subject, reviewed }: ReviewedOfSubject,
  seed: number,
): ReviewReport['againstVerdict'][number] {
  const pairs = reviewed
    .map(({ conversation, verdict, said }) => ({
      conversation,
      verdict,
      reviewers: majority([...said.values()]),
    }))
    .filter(
      ({ verdict, reviewers }) => (verdict === 'safe' || verdict === 'unsafe') && reviewers !== undefined,
    );
  const flagged = pairs.filter(({ verdict }) => verdict === 'unsafe');
  const passed = pairs.filter(({ verdict }) => verdict === 'safe');
  const conversations = [...Map.groupBy(pairs, ({ conversation }) => conversation).values()].map((own) => ({
    numerator: own.filter(({ verdict, reviewers }) => verdict === reviewers).length,
    denominator: own.length,
  }));
  const { count, percent, interval } = shareOverConversations(conversations, seed);
  return {
    subject,
    compared: pairs.length,
    agreed: count,
    agreedPercent: percent,
    interval: interval === null ? null : { low: interval.low, high: interval.high },
    falsePositives: flagged.filter(({ reviewers }) => reviewers === 'safe').length,
    falseNegatives: passed.filter(({ reviewers }) => reviewers === 'unsafe').length,
  };
}

/** What most say; `undefined` of nobody, and where they are divided. */
export function majority(said: readonly ('safe' | 'unsafe')[]): 'safe' | 'unsafe' | undefined {
  const unsafe = said.filter((one) => one === 'unsafe').length;
  const safe = said.length - unsafe;
  if (unsafe === safe) return undefined;
  return unsafe > safe ? 'unsafe' : 'safe';
}
