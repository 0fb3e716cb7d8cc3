import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { NewLabel } from '../report/view-model.ts';
import { cleanReviewerName, LONGEST_REVIEWER } from '../reviewer-name.ts';

/** The largest body of a request, in bytes: a label is a tenth of it. */
export const LARGEST_BODY = 4_096;

const labelSchema = z.strictObject({
  turn: z.int().min(1),
  subject: z.enum(['prompt', 'turn image', 'evaluation image']),
  number: z.int().min(0).max(1_000_000),
  reviewer: z.string().max(LARGEST_BODY),
  label: z.enum(['safe', 'unsafe', 'unsure']).nullable(),
});

/**
 * Reads a label that a reviewer sends.
 *
 * @param body as JSON text
 * @throws {@link UsageError} `INVALID_LABEL`
 */
export function parseLabel(body: string): NewLabel {
  const parsed = labelSchema.safeParse(parseJson(body));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`${issue?.path.join('.') || 'The label'}: ${issue?.message ?? 'is not as it should be'}.`);
  }
  const reviewer = cleanReviewerName(parsed.data.reviewer);
  if (reviewer === '') throw invalid('The name of the reviewer is empty.');
  if ([...reviewer].length > LONGEST_REVIEWER) {
    throw invalid(`The name of the reviewer has more than ${LONGEST_REVIEWER} characters.`);
  }
  return { ...parsed.data, reviewer };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid('What was sent is no JSON.');
    throw error;
  }
}

function invalid(message: string): UsageError {
  return new UsageError({
    code: 'INVALID_LABEL',
    message,
    hint: 'A label has turn, subject, number, reviewer and label: safe, unsafe, unsure, or null to take it back.',
  });
}
