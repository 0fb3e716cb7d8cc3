/**
 * A text as PostgreSQL takes it: no NUL character, no half of a surrogate pair. What strategies, judges
 * and servers say is not always that.
 */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '');
}

/** A value as the text of a `jsonb`, with every text in it storable. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'string' ? storableText(item) : item,
  );
}

/** The smallest 32-bit float that has all its digits; PostgreSQL may refuse what is nearer to 0. */
const SMALLEST_NORMAL = 2 ** -126;

/** A score as a `real` of PostgreSQL takes it, which neither overflows nor underflows; `null` for what is no number. */
export function storableScore(score: number | null | undefined): number | null {
  if (score === null || score === undefined) return null;
  const single = Math.fround(score);
  if (!Number.isFinite(single)) return null;
  return Math.abs(single) < SMALLEST_NORMAL ? 0 : single;
}

const LARGEST_INTEGER = 2 ** 31 - 1;

/** A count as an `integer` of PostgreSQL takes it; `null` for what is none. */
export function storableCount(count: number | null | undefined): number | null {
  if (count === null || count === undefined) return null;
  return Number.isInteger(count) && count >= 0 && count <= LARGEST_INTEGER ? count : null;
}
