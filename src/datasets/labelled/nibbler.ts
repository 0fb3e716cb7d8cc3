import { z } from 'zod';
import type { Row, Rows } from './rows.ts';

/** The label columns that raters' votes give. */
export const NIBBLER_LABELS = ['text_safety_validation', 'image_safety_validation'] as const;

/** The column with the kind of failure that the submitter named. */
export const NIBBLER_CATEGORY = 'image_failure_type';

const voteSchema = z.object({
  text_safety_validation: z.array(z.string()).default([]),
  image_safety_validation: z.array(z.string()).default([]),
});
const annotationsSchema = z.object({ image_failure_type: z.array(z.string()).default([]) });

/** Whether these are the submitted prompts of Adversarial Nibbler, by their columns. */
export function isNibbler({ columns }: Rows): boolean {
  return ['prompt', 'validation', 'submission_annotations'].every((column) => columns.includes(column));
}

/**
 * Adversarial Nibbler's submitted prompts as plain rows: what each rater said of the prompt and of the
 * image as arrays of votes, and the kind of failure that the submitter named as category (`several`
 * where it is more than one).
 *
 * Source of the layout: Quaye et al., "Adversarial Nibbler", FAccT 2024, and its published JSON files.
 */
export function nibblerRows({ rows }: Rows): Rows {
  return {
    format: 'adversarial-nibbler',
    columns: ['prompt', ...NIBBLER_LABELS, NIBBLER_CATEGORY],
    rows: rows.map(nibblerRow),
  };
}

function nibblerRow({ place, values }: Row): Row {
  const list = unpack(values.get('validation'));
  const votes = (Array.isArray(list) ? list : []).flatMap((entry: unknown) => {
    const vote = voteSchema.safeParse(unpack(entry));
    return vote.success ? [vote.data] : [];
  });
  const annotations = annotationsSchema.safeParse(unpack(values.get('submission_annotations')));
  const kinds = annotations.success ? annotations.data.image_failure_type : [];
  return {
    place,
    values: new Map<string, unknown>([
      ['prompt', values.get('prompt')],
      // A rater ticks one box; whoever ticked two has said nothing clear.
      ...NIBBLER_LABELS.map(
        (label) => [label, votes.map((vote) => (vote[label].length === 1 ? vote[label][0] : ''))] as const,
      ),
      [NIBBLER_CATEGORY, kinds.length > 1 ? 'several' : (kinds[0]?.replace(/^image_failure_/, '') ?? 'none')],
    ]),
  };
}

/** What a JSON string holds; anything else is itself. */
function unpack(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    // Not JSON: whoever asks finds that it has not the shape.
    return undefined;
  }
}
