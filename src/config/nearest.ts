import { distance } from 'fastest-levenshtein';

/**
 * The known name that was probably meant.
 *
 * @param given what the user wrote
 * @param known the names that exist at that place
 * @returns the nearest name, or `undefined` where none is near enough to be a slip of the pen
 */
export function nearest(given: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_ .]/g, '');
  const begun = given.length < 3 ? [] : known.filter((name) => plain(name).startsWith(plain(given)));
  if (begun.length === 1) return begun[0];
  let best: { name: string; edits: number } | undefined;
  for (const name of known) {
    const edits = distance(plain(given), plain(name));
    if (best === undefined || edits < best.edits) best = { name, edits };
  }
  const bound = Math.max(1, Math.ceil(given.length * 0.4));
  return best !== undefined && best.edits <= bound ? best.name : undefined;
}

/**
 * The second half of an error message about a name: the nearest one, or all of them.
 *
 * @param given what the user wrote
 * @param known the names that exist at that place
 */
export function didYouMean(given: string, known: readonly string[]): string {
  const name = nearest(given, known);
  if (name !== undefined) return `did you mean ${short(name)}?`;
  const shown = known.slice(0, 16).map(short).join(', ');
  return `expected one of: ${shown}${known.length > 16 ? ', …' : ''}`;
}

/** Names may come from a file, and be anything. */
function short(name: string): string {
  return name.length > 60 ? `${name.slice(0, 59)}…` : name;
}
