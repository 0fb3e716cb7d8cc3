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
