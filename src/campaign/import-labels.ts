import type { Row, Rows } from '../datasets/labelled/rows.ts';
import { UsageError } from '../errors.ts';
import type { TurnRecord } from '../store/record.ts';

/** A row of a file of labels, as it stands there; what it is about has been found. */
export interface LabelOfFile {
  /** Where it stands, e.g. `line 12`. */
  readonly place: string;
  /** The turn's id. */
  readonly turn: number;
  readonly subject: string;
  readonly number: number;
  readonly reviewer: string;
  readonly label: string;
}

/** The labels of a file. */
export interface LabelsOfFile {
  readonly labels: readonly LabelOfFile[];
  /** Rows without a label. */
  readonly empty: number;
}

const COLUMNS = ['category', 'conversation', 'round', 'subject', 'number', 'label'] as const;

/**
 * Finds out what the rows of a file label, laid out as `art labels` writes it.
 *
 * @param rows of the file
 * @param record the campaign's turns
 * @param options.campaignId rows of another campaign are refused
 * @param options.reviewer who labelled, instead of the column `reviewer`
 * @throws {@link UsageError} `LABELLED_DATA_COLUMN` for a missing column, `UNKNOWN_SUBJECT` for a row about
 *   what the campaign does not have
 */
export function labelsOfFile(
  { columns, rows }: Rows,
  record: readonly TurnRecord[],
  { campaignId, reviewer }: { readonly campaignId: string; readonly reviewer?: string | undefined },
): LabelsOfFile {
  const wanted = [...COLUMNS, ...(reviewer === undefined ? ['reviewer'] : [])];
  const missing = wanted.filter((column) => !columns.includes(column));
  if (missing.length > 0) {
    throw new UsageError({
      code: 'LABELLED_DATA_COLUMN',
      message: `The file has no column ${missing.join(', ')}.`,
      hint: missing.includes('reviewer')
        ? 'Say who labelled with --reviewer; the other columns are those that art labels writes.'
        : 'Its columns are those that art labels writes.',
      data: { missing },
    });
  }
  const turns = new Map(
    record.map(({ conversation, turn }) => [
      keyOf(conversation.category, conversation.number, turn.round),
      turn.id,
    ]),
  );
  const labelled = rows.filter((row) => textOf(row, 'label') !== '');
  return {
    empty: rows.length - labelled.length,
    labels: labelled.map((row) => {
      const campaign = textOf(row, 'campaign');
      const numbers = ['conversation', 'round'].map((column) => Number(textOf(row, column) || Number.NaN));
      const turn = turns.get(keyOf(textOf(row, 'category'), ...numbers));
      if (turn === undefined || (campaign !== '' && campaign !== campaignId)) {
        throw new UsageError({
          code: 'UNKNOWN_SUBJECT',
          message:
            turn === undefined
              ? `${row.place}: the campaign has no such category, conversation and round.`
              : `${row.place} is about another campaign.`,
          hint: `Name the campaign that was labelled: art labels import FILE CAMPAIGN. Nothing was stored.`,
          data: { place: row.place },
        });
      }
      return {
        place: row.place,
        turn,
        subject: textOf(row, 'subject'),
        number: Number(textOf(row, 'number') || 0),
        reviewer: reviewer ?? textOf(row, 'reviewer'),
        label: textOf(row, 'label').toLowerCase(),
      };
    }),
  };
}

function keyOf(category: string, ...numbers: readonly number[]): string {
  return `${category}\n${numbers.join('\n')}`;
}

function textOf({ values }: Row, column: string): string {
  const value = values.get(column);
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}
