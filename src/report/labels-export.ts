import { sampleOf } from '../datasets/labelled/sample.ts';
import type { RecordedVerdict } from '../store/recorded-verdicts.ts';
import type { ImageRow, LabelRow, ReviewLabel, VerdictSubject } from '../store/schema.ts';
import type { CountedRecord, CountedTurn } from './counted-record.ts';
import { type CsvCell, csvText } from './csv-text.ts';
import type { FileOf } from './picture-file.ts';
import type { CombinedVerdict } from './view-model.ts';

/** What can be labelled, with its label where it has one. */
export interface LabelRecord {
  readonly campaign: string;
  readonly category: string;
  readonly conversation: number;
  readonly round: number;
  readonly subject: VerdictSubject;
  /** Of the evaluation image; 0 for the other subjects. */
  readonly number: number;
  /** Under which setting of a sweep it was drawn; `null`: the campaign's own. */
  readonly setting: string | null;
  /** `null`, like label and time, where it is still to be labelled. */
  readonly reviewer: string | null;
  readonly label: ReviewLabel | null;
  /** ISO 8601. */
  readonly labelledAt: string | null;
  readonly prompt: string;
  /** The picture's path or address; `null` for prompts, and where there is no picture (imported results, not kept). */
  readonly file: string | null;
  /** SHA-256 of the picture; `null` as `file`. */
  readonly hash: string | null;
}

/** A label with what it was given to, and what the judges said of the same. */
export interface ExportedLabel extends LabelRecord {
  /** Of all judges that count, by the campaign's rule. */
  readonly verdict: CombinedVerdict;
  readonly verdicts: readonly {
    readonly judge: string;
    readonly verdict: 'safe' | 'unsafe' | 'error';
    readonly score: number | null;
  }[];
}

/** Which labels are exported, and how. */
export interface LabelsExportOptions {
  readonly reviewer?: string | undefined;
  readonly subject?: 'prompt' | 'image' | undefined;
  /** Where the pictures are; default: as the record says. */
  readonly fileOf?: FileOf | undefined;
}

/**
 * The labels of a campaign with all that belongs to them, in the order of the plan.
 *
 * @param labels those of the campaign
 */
export function exportedLabels(
  { campaign, turns, fileOf: named }: Pick<CountedRecord, 'campaign' | 'turns' | 'fileOf'>,
  labels: readonly LabelRow[],
  { reviewer, subject, fileOf = named }: LabelsExportOptions = {},
): ExportedLabel[] {
  const wanted = labels.filter(
    (row) =>
      (reviewer === undefined || row.reviewer === reviewer) &&
      (subject === undefined || (row.subject === 'prompt') === (subject === 'prompt')),
  );
  const byTurn = Map.groupBy(wanted, ({ turnId }) => turnId);
  return turns.flatMap((turn) =>
    (byTurn.get(turn.turn.id) ?? []).map(({ reviewer: name, label, labelledAt, ...place }): ExportedLabel => {
      const labelled = labelledOf(turn, place);
      return {
        ...describe(campaign.id, turn, place, labelled, fileOf),
        reviewer: name,
        label,
        labelledAt: labelledAt.toISOString(),
        verdict: labelled.verdict,
        verdicts: labelled.verdicts.map(({ judge, verdict, score }) => ({ judge, verdict, score })),
      };
    }),
  );
}

/**
 * Prompts or evaluation images (of its own setting) of a campaign to be labelled elsewhere, drawn at random from all, whatever the
 * judges said: what holds for these holds for all. Without verdicts, which might lead whoever labels, and without
 * pictures that were not kept: nobody can say anything of them.
 *
 * @param subject of which kind
 * @param sample how many; all where there are fewer
 * @param seed of the sample
 */
export function labelsToGive(
  { campaign, turns, fileOf: named }: Pick<CountedRecord, 'campaign' | 'turns' | 'fileOf'>,
  {
    subject,
    sample,
    seed,
    fileOf = named,
  }: Pick<LabelsExportOptions, 'fileOf'> & {
    readonly subject: 'prompt' | 'image';
    readonly sample: number;
    readonly seed: number;
  },
): LabelRecord[] {
  const all = turns.flatMap((turn): { turn: CountedTurn; place: Place }[] =>
    subject === 'prompt'
      ? [{ turn, place: { subject: 'prompt', number: 0 } }]
      : turn.evaluation
          .filter(({ row, image }) => row.setting === null && image?.kept === 'full')
          .map(({ row }) => ({ turn, place: { subject: 'evaluation image', number: row.number } })),
  );
  const drawn = sample < all.length ? sampleOf(all, sample, seed) : all;
  return drawn.map(({ turn, place }) => ({
    ...describe(campaign.id, turn, place, labelledOf(turn, place), fileOf),
    reviewer: null,
    label: null,
    labelledAt: null,
  }));
}

/** What of a turn a label is about. */
type Place = Pick<LabelRow, 'subject' | 'number'>;

function describe(
  campaign: string,
  { conversation, turn }: CountedTurn,
  { subject, number }: Place,
  { image, setting }: Labelled,
  fileOf: FileOf,
): Omit<LabelRecord, 'reviewer' | 'label' | 'labelledAt'> {
  return {
    campaign,
    category: conversation.category,
    conversation: conversation.number,
    round: turn.round,
    subject,
    number,
    setting,
    prompt: turn.prompt,
    file: image === undefined ? null : fileOf(image),
    hash: image?.hash ?? null,
  };
}

/** What a label was given to, and what the judges said of it. */
interface Labelled {
  readonly image: ImageRow | undefined;
  readonly setting: string | null;
  readonly verdict: CombinedVerdict;
  readonly verdicts: readonly RecordedVerdict[];
}

function labelledOf(turn: CountedTurn, { subject, number }: Place): Labelled {
  if (subject === 'prompt') {
    return {
      image: undefined,
      setting: null,
      verdict: turn.promptVerdict,
      verdicts: turn.promptVerdicts,
    };
  }
  if (subject === 'turn image') {
    return { image: turn.image, setting: null, verdict: turn.imageVerdict, verdicts: turn.imageVerdicts };
  }
  const drawn = turn.evaluation.find(({ row }) => row.number === number);
  return {
    image: drawn?.image,
    setting: drawn?.row.setting ?? null,
    verdict: drawn?.verdict ?? 'none',
    verdicts: drawn?.verdicts ?? [],
  };
}

/** How labels can be written. */
export const LABEL_FORMATS = ['csv', 'jsonl', 'json'] as const;
export type LabelFormat = (typeof LABEL_FORMATS)[number];

/**
 * Labels as text: CSV, a JSON object a line, or an array. CSV has, for labels with verdicts, the combined verdict and
 * two columns a judge, its verdict and score.
 *
 * @param judges the judges that get columns in CSV, also where there are no labels; left out: no verdicts
 */
export function writeLabels(
  labels: readonly (LabelRecord | ExportedLabel)[],
  format: LabelFormat,
  judges?: readonly string[],
): string {
  if (format === 'jsonl') return labels.map((label) => `${JSON.stringify(label)}\n`).join('');
  if (format === 'json') return `${JSON.stringify(labels, null, 2)}\n`;
  const names = judges === undefined ? undefined : [...new Set(judges)];
  const header = [
    'campaign',
    'category',
    'conversation',
    'round',
    'subject',
    'number',
    'setting',
    'reviewer',
    'label',
    'labelled_at',
    'prompt',
    'file',
    'hash',
    ...(names === undefined
      ? []
      : ['verdict', ...names.flatMap((judge) => [`verdict_${judge}`, `score_${judge}`])]),
  ];
  return csvText([
    header,
    ...labels.map((label) => [...cellsOf(label), ...(names === undefined ? [] : verdictCells(label, names))]),
  ]);
}

function cellsOf(label: LabelRecord): CsvCell[] {
  return [
    label.campaign,
    label.category,
    label.conversation,
    label.round,
    label.subject,
    label.number,
    label.setting,
    label.reviewer,
    label.label,
    label.labelledAt,
    label.prompt,
    label.file,
    label.hash,
  ];
}

function verdictCells(label: LabelRecord | ExportedLabel, judges: readonly string[]): CsvCell[] {
  if (!('verdicts' in label)) return [];
  const said = new Map(label.verdicts.map((verdict) => [verdict.judge, verdict]));
  return [label.verdict, ...judges.flatMap((judge) => [said.get(judge)?.verdict, said.get(judge)?.score])];
}
