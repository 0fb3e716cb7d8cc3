import { join } from 'node:path';
import { FolderImageStore } from '../store/image-store.ts';
import type { RecordedVerdict } from '../store/recorded-verdicts.ts';
import type { ImageRow, LabelRow, ReviewLabel, VerdictSubject } from '../store/schema.ts';
import type { CountedRecord, CountedTurn } from './counted-record.ts';
import { type CsvCell, csvText } from './csv-text.ts';
import type { CombinedVerdict } from './view-model.ts';

/** A label with what it was given to, and what the judges said of the same. */
export interface ExportedLabel {
  readonly campaign: string;
  readonly category: string;
  readonly conversation: number;
  readonly round: number;
  readonly subject: VerdictSubject;
  /** Of the evaluation image; 0 for the other subjects. */
  readonly number: number;
  /** Under which setting of a sweep it was drawn; `null`: the campaign's own. */
  readonly setting: string | null;
  readonly reviewer: string;
  readonly label: ReviewLabel;
  /** ISO 8601. */
  readonly labelledAt: string;
  readonly prompt: string;
  /** The picture's path; `null` for prompts, and where there is no picture (imported results). */
  readonly file: string | null;
  /** SHA-256 of the picture; `null` as `file`. */
  readonly hash: string | null;
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
  /** The data folder: paths of pictures then begin with it; default: they are relative to it. */
  readonly dataDir?: string | undefined;
}

/**
 * The labels of a campaign with all that belongs to them, in the order of the plan.
 *
 * @param labels those of the campaign
 */
export function exportedLabels(
  { campaign, turns }: Pick<CountedRecord, 'campaign' | 'turns'>,
  labels: readonly LabelRow[],
  { reviewer, subject, dataDir }: LabelsExportOptions = {},
): ExportedLabel[] {
  const images = new FolderImageStore(dataDir === undefined ? 'images' : join(dataDir, 'images'));
  const wanted = labels.filter(
    (row) =>
      (reviewer === undefined || row.reviewer === reviewer) &&
      (subject === undefined || (row.subject === 'prompt') === (subject === 'prompt')),
  );
  const byTurn = Map.groupBy(wanted, ({ turnId }) => turnId);
  return turns.flatMap((turn) =>
    (byTurn.get(turn.turn.id) ?? []).map((row): ExportedLabel => {
      const { image, setting, verdict, verdicts } = labelledOf(turn, row);
      return {
        campaign: campaign.id,
        category: turn.conversation.category,
        conversation: turn.conversation.number,
        round: turn.turn.round,
        subject: row.subject,
        number: row.number,
        setting,
        reviewer: row.reviewer,
        label: row.label,
        labelledAt: row.labelledAt.toISOString(),
        prompt: turn.turn.prompt,
        file: image === undefined ? null : images.locate(image),
        hash: image?.hash ?? null,
        verdict,
        verdicts: verdicts.map((said) => ({ judge: said.judge, verdict: said.verdict, score: said.score })),
      };
    }),
  );
}

/** What a label was given to, and what the judges said of it. */
interface Labelled {
  readonly image: ImageRow | undefined;
  readonly setting: string | null;
  readonly verdict: CombinedVerdict;
  readonly verdicts: readonly RecordedVerdict[];
}

function labelledOf(turn: CountedTurn, { subject, number }: LabelRow): Labelled {
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
 * Labels as text: CSV with two columns a judge (its verdict and score), a JSON object a line, or an array.
 *
 * @param judges the judges that get columns in CSV, also where there are no labels
 */
export function writeLabels(
  labels: readonly ExportedLabel[],
  format: LabelFormat,
  judges: readonly string[],
): string {
  if (format === 'jsonl') return labels.map((label) => `${JSON.stringify(label)}\n`).join('');
  if (format === 'json') return `${JSON.stringify(labels, null, 2)}\n`;
  const names = [...new Set(judges)];
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
    'verdict',
    ...names.flatMap((judge) => [`verdict_${judge}`, `score_${judge}`]),
  ];
  return csvText([header, ...labels.map((label) => cellsOf(label, names))]);
}

function cellsOf(label: ExportedLabel, judges: readonly string[]): CsvCell[] {
  const said = new Map(label.verdicts.map((verdict) => [verdict.judge, verdict]));
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
    label.verdict,
    ...judges.flatMap((judge) => [said.get(judge)?.verdict, said.get(judge)?.score]),
  ];
}
