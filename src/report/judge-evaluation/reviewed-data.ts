import type { LabelledData, LabelledSubject, Ties } from '../../datasets/labelled/labelled-data.ts';
import { readLabels, tieAs } from '../../datasets/labelled/labels.ts';
import { sampleOf } from '../../datasets/labelled/sample.ts';
import { UsageError } from '../../errors.ts';
import type { Candidate } from '../../judges/evaluation/selection.ts';
import type { SubjectKind } from '../../judges/judge.ts';
import type { RecordedVerdict } from '../../store/recorded-verdicts.ts';
import type { ImageRow, LabelRow, VerdictSubject } from '../../store/schema.ts';
import type { CountedRecord, CountedTurn } from '../counted-record.ts';
import type { CombinedVerdict } from '../view-model.ts';

/** What reviewers said of a campaign, as labelled data. */
export interface ReviewedData {
  readonly data: LabelledData;
  /** What belongs to a labelled subject in the store. */
  readonly stored: ReadonlyMap<LabelledSubject, StoredSubject>;
  /** All that could have been labelled and has a verdict. */
  readonly candidates: readonly Candidate[];
}

/** What is stored of a labelled subject. */
export interface StoredSubject {
  /** What the judges that count said. */
  readonly verdicts: readonly RecordedVerdict[];
  /** The picture of an image, where there is one; it may not have been kept. */
  readonly image: ImageRow | undefined;
}

/** How labels become labelled data. */
export interface ReviewedOptions {
  readonly subject?: SubjectKind | undefined;
  readonly ties?: Ties | undefined;
  readonly limit?: number | undefined;
  readonly seed?: number | undefined;
  /** Only subjects with a stored verdict (`verdict`), or images with a picture (`picture`); others are left out. */
  readonly needs: 'verdict' | 'picture';
  /** Where a picture is, for people. */
  readonly locate: (image: ImageRow) => string;
}

/**
 * Makes labelled data of what reviewers said of a campaign: the majority decides, who is unsure has no vote.
 *
 * @throws {@link UsageError} where nothing was labelled, or both prompts and images were and none is chosen
 */
export function reviewedData(
  record: CountedRecord,
  labels: readonly LabelRow[],
  options: ReviewedOptions,
): ReviewedData {
  const kind = kindOf(record, labels, options.subject);
  const ofKind = labels.filter(({ subject }) => kindOfSubject(subject) === kind);
  const votes = Map.groupBy(ofKind, keyOfLabel);
  const kinds = new Set(ofKind.map(({ subject }) => subject));
  const all = record.turns.flatMap((turn) => candidatesOf(turn)).filter(({ subject }) => kinds.has(subject));
  const labelled = all.flatMap((one) => {
    const given = votes.get(one.key);
    return given === undefined ? [] : [{ ...one, votes: given.map(({ label }) => label) }];
  });
  const ties = options.ties ?? 'unsafe';
  const read = readLabels(
    labelled.map((one) => one.votes),
    {},
    'what reviewers said',
  );
  const leftOut = { unlabelled: 0, empty: 0, tied: 0, overLimit: 0, unjudged: 0 };
  const usable: { readonly one: (typeof labelled)[number]; readonly unsafe: boolean }[] = [];
  for (const [index, one] of labelled.entries()) {
    const label = read.labels[index] === 'tie' ? (tieAs(ties) ?? 'dropped') : read.labels[index];
    if (options.needs === 'picture' && kind === 'image' && one.image?.kept !== 'full') leftOut.empty++;
    else if (options.needs === 'verdict' && one.verdicts.length === 0) leftOut.unjudged++;
    else if (label === 'dropped') leftOut.tied++;
    else if (label !== 'safe' && label !== 'unsafe') leftOut.unlabelled++;
    else usable.push({ one, unsafe: label === 'unsafe' });
  }
  if (usable.length === 0) {
    throw new UsageError({
      code: 'NO_LABELLED_DATA',
      message: `${record.campaign.name} has no ${kind} that reviewers called safe or unsafe${leftOut.unjudged + leftOut.empty > 0 ? ' and that can be judged' : ''}.`,
      hint: `Label some with: art view ${record.campaign.id}`,
      data: { campaign: record.campaign.id, leftOut },
    });
  }
  const limit = Math.min(options.limit ?? usable.length, usable.length);
  const chosen = limit < usable.length ? sampleOf(usable, limit, options.seed ?? 1234) : usable;
  leftOut.overLimit = usable.length - chosen.length;
  const subjects = new Map(
    chosen.map(({ one, unsafe }) => [one.key, { one, subject: toSubject(one, unsafe, options.locate) }]),
  );
  const reviewers = [...new Set(ofKind.map(({ reviewer }) => reviewer))];
  return {
    data: {
      kind,
      format: 'labels',
      labelColumn:
        reviewers.length === 1
          ? `the labels of ${reviewers[0]}`
          : `the majority of ${reviewers.length} reviewers`,
      subjects: [...subjects.values()].map(({ subject }) => subject),
      leftOut,
      votes: labelled.map((one) => one.votes),
      ties: { count: read.labels.filter((label) => label === 'tie').length, counted: ties },
    },
    stored: new Map(
      [...subjects.values()].map(({ one, subject }) => [
        subject,
        { verdicts: one.verdicts, image: one.image },
      ]),
    ),
    candidates: all
      .filter(({ verdict }) => verdict === 'safe' || verdict === 'unsafe')
      .map((one) => ({
        stratum: one.stratum,
        category: one.category,
        subject: subjects.get(one.key)?.subject,
      })),
  };
}

/** A prompt or an image that reviewers may label. */
interface Reviewable extends StoredSubject {
  readonly key: string;
  readonly subject: VerdictSubject;
  readonly place: string;
  readonly text: string;
  readonly category: string;
  readonly verdict: CombinedVerdict;
  readonly stratum: string;
}

function candidatesOf(turn: CountedTurn): Reviewable[] {
  const { conversation, turn: row, promptVerdict, finding } = turn;
  const where = `${conversation.category} ${conversation.number}, round ${row.round}`;
  const common = { category: conversation.category, text: row.prompt };
  const ofImage = (verdict: CombinedVerdict, what: string) => {
    if (verdict !== 'unsafe') return `${verdict} ${what}`;
    return promptVerdict === 'safe' ? `${what} of findings` : `unsafe ${what} of other prompts`;
  };
  return [
    {
      ...common,
      key: keyOf(row.id, 'prompt', 0),
      subject: 'prompt',
      place: where,
      verdicts: turn.promptVerdicts,
      verdict: promptVerdict,
      image: undefined,
      stratum: finding ? 'prompts of findings' : `${promptVerdict} prompts`,
    },
    ...(row.outcome === 'drawn'
      ? [
          {
            ...common,
            key: keyOf(row.id, 'turn image', 0),
            subject: 'turn image' as const,
            place: `${where}, its own image`,
            verdicts: turn.imageVerdicts,
            verdict: turn.imageVerdict,
            image: turn.image,
            stratum: ofImage(turn.imageVerdict, "turns' images"),
          },
        ]
      : []),
    ...turn.evaluation
      // What is measured here corrects figures of the campaign's own setting.
      .filter((drawn) => drawn.row.outcome === 'drawn' && drawn.row.setting === null)
      .map((drawn) => ({
        ...common,
        key: keyOf(row.id, 'evaluation image', drawn.row.number),
        subject: 'evaluation image' as const,
        place: `${where}, image ${drawn.row.number}`,
        verdicts: drawn.verdicts,
        verdict: drawn.verdict,
        image: drawn.image,
        stratum: ofImage(drawn.verdict, 'images'),
      })),
  ];
}

function toSubject(
  { place, text, category, subject, image }: Reviewable,
  unsafe: boolean,
  locate: (image: ImageRow) => string,
): LabelledSubject {
  return subject === 'prompt'
    ? { kind: 'prompt', place, text, category, unsafe }
    : { kind: 'image', place, file: image === undefined ? '' : locate(image), category, unsafe };
}

function kindOf(
  { campaign }: CountedRecord,
  labels: readonly LabelRow[],
  wanted: SubjectKind | undefined,
): SubjectKind {
  const kinds = [...new Set(labels.map(({ subject }) => kindOfSubject(subject)))];
  if (wanted !== undefined && kinds.includes(wanted)) return wanted;
  const [kind, other] = kinds;
  if (kind === undefined || wanted !== undefined) {
    throw new UsageError({
      code: 'NO_LABELLED_DATA',
      message: `No reviewer has labelled ${wanted === undefined ? 'anything' : `${wanted}s`} of ${campaign.name} yet.`,
      hint: `Label some with: art view ${campaign.id}`,
      data: { campaign: campaign.id },
    });
  }
  if (other === undefined) return kind;
  throw new UsageError({
    code: 'LABELLED_DATA_COLUMN',
    message: `Reviewers labelled both prompts and images of ${campaign.name}: which are to be judged?`,
    hint: 'Say --subject prompt or --subject image.',
    data: { campaign: campaign.id },
  });
}

function kindOfSubject(subject: VerdictSubject): SubjectKind {
  return subject === 'prompt' ? 'prompt' : 'image';
}

function keyOfLabel({ turnId, subject, number }: LabelRow): string {
  return keyOf(turnId, subject, number);
}

function keyOf(turn: number, subject: VerdictSubject, number: number): string {
  return `${turn}/${subject}/${number}`;
}
