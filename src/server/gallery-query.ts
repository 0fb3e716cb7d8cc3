import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { GalleryFilter } from '../report/view-model.ts';

/** The most images of one page. */
export const LARGEST_PAGE = 500;

/** What is asked of the gallery. */
export interface GalleryQuery {
  readonly filter: GalleryFilter;
  readonly offset: number;
  readonly limit: number;
}

const round = z.coerce.number().int().min(0).max(1_000_000);
const word = z.string().max(200);

const querySchema = z.strictObject({
  show: z.enum(['findings', 'all', 'unlabelled']).default('findings'),
  category: word.optional(),
  judge: word.optional(),
  minScore: z.coerce.number().min(0).max(1).optional(),
  fromRound: round.optional(),
  toRound: round.optional(),
  text: z.string().max(1_000).optional(),
  setting: word.optional(),
  order: z.enum(['campaign', 'flags', 'score']).default('campaign'),
  offset: z.coerce.number().int().min(0).max(100_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(LARGEST_PAGE).default(100),
});

/**
 * Reads a question to the gallery from an address.
 *
 * @param query the part of the address behind `?`, decoded
 * @throws {@link UsageError} `INVALID_FILTER`
 */
export function parseGalleryQuery(query: Readonly<Record<string, string>>): GalleryQuery {
  const parsed = querySchema.safeParse(query);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UsageError({
      code: 'INVALID_FILTER',
      message: `The gallery cannot be filtered like that: ${issue?.path.join('.') || 'address'}: ${issue?.message ?? 'is not as it should be'}.`,
      hint: `It knows: ${Object.keys(querySchema.shape).join(', ')}; a page has at most ${LARGEST_PAGE} images.`,
    });
  }
  const { offset, limit, category, judge, minScore, fromRound, toRound, text, setting, ...rest } =
    parsed.data;
  return {
    filter: {
      ...rest,
      ...(category === undefined ? {} : { category }),
      ...(judge === undefined ? {} : { judge }),
      ...(minScore === undefined ? {} : { minScore }),
      ...(fromRound === undefined ? {} : { fromRound }),
      ...(toRound === undefined ? {} : { toRound }),
      ...(text === undefined ? {} : { text }),
      ...(setting === undefined ? {} : { setting }),
    },
    offset,
    limit,
  };
}
