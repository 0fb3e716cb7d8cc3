import { and, asc, eq, sql } from 'drizzle-orm';
import { UsageError } from '../errors.ts';
import type { Database } from './open-store.ts';
import {
  evaluationImages,
  type LabelRow,
  labels,
  type ReviewLabel,
  turns,
  type VerdictSubject,
} from './schema.ts';
import { storableCount, storableText } from './storable.ts';

/** What a reviewer says of a prompt (`number` 0), a turn's image (0) or an evaluation image. */
export interface GivenLabel {
  /** The turn's id. */
  readonly turn: number;
  readonly subject: VerdictSubject;
  readonly number: number;
  readonly reviewer: string;
  /** `null` takes the reviewer's label back. */
  readonly label: ReviewLabel | null;
}

/**
 * Stores what a reviewer says; the last word counts.
 *
 * @param now when it was said
 * @throws {@link UsageError} `UNKNOWN_SUBJECT` where the campaign has no such prompt or drawn image,
 *   `INVALID_LABEL` without a name
 */
export async function putLabel(
  database: Database,
  campaignId: string,
  { turn, subject, number, reviewer, label }: GivenLabel,
  now: Date,
): Promise<void> {
  const name = storableText(reviewer).trim();
  if (name === '') {
    throw new UsageError({
      code: 'INVALID_LABEL',
      message: 'The name of the reviewer is empty.',
      hint: 'Labels are stored with the name of who gave them.',
    });
  }
  if (!(await isSubject(database, campaignId, { turn, subject, number }))) {
    throw new UsageError({
      code: 'UNKNOWN_SUBJECT',
      message: 'The campaign has no such prompt or image.',
      hint: 'Prompts, and images that were drawn, can be labelled.',
      data: { campaign: campaignId, turn, subject, number },
    });
  }
  const place = { turnId: turn, subject, number, reviewer: name };
  if (label === null) {
    await database
      .delete(labels)
      .where(
        and(
          eq(labels.turnId, turn),
          eq(labels.subject, subject),
          eq(labels.number, number),
          eq(labels.reviewer, name),
        ),
      );
    return;
  }
  await database
    .insert(labels)
    .values({ ...place, campaignId, label, labelledAt: now })
    .onConflictDoUpdate({
      target: [labels.turnId, labels.subject, labels.number, labels.reviewer],
      set: { label, labelledAt: now },
    });
}

/** All labels of a campaign: turn by turn, of each what was labelled in order, then by reviewer. */
export function listLabels(database: Database, campaignId: string): Promise<LabelRow[]> {
  return database
    .select()
    .from(labels)
    .where(eq(labels.campaignId, campaignId))
    .orderBy(
      asc(labels.turnId),
      asc(labels.subject),
      asc(labels.number),
      sql`${labels.reviewer} collate "C"`,
    );
}

async function isSubject(
  database: Database,
  campaignId: string,
  { turn, subject, number }: Pick<GivenLabel, 'turn' | 'subject' | 'number'>,
): Promise<boolean> {
  // What PostgreSQL cannot take as a number is the number of nothing.
  if (!Number.isSafeInteger(turn) || storableCount(number) === null) return false;
  if (subject === 'evaluation image') {
    const drawn = await database
      .select({ id: evaluationImages.id })
      .from(evaluationImages)
      .where(
        and(
          eq(evaluationImages.turnId, turn),
          eq(evaluationImages.number, number),
          eq(evaluationImages.campaignId, campaignId),
          eq(evaluationImages.outcome, 'drawn'),
        ),
      );
    return drawn.length > 0;
  }
  if (number !== 0) return false;
  const [row] = await database
    .select({ outcome: turns.outcome })
    .from(turns)
    .where(and(eq(turns.id, turn), eq(turns.campaignId, campaignId)));
  return row !== undefined && (subject === 'prompt' || row.outcome === 'drawn');
}
