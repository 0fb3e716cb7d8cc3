/**
 * Holm's step-down correction for several tests at once: each adjusted p-value may be compared with the level
 * itself, and with probability 1 − level none of the differences that it calls real is chance. It needs no
 * independence of the tests.
 *
 * Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 1979.
 *
 * @param pValues from 0 to 1; `null` for a test that could not be done, which does not count
 * @returns adjusted, in the same order, never below the given ones and at most 1
 */
export function holmAdjust(pValues: readonly (number | null)[]): (number | null)[] {
  const done = pValues.flatMap((pValue, place) => (pValue === null ? [] : [{ pValue, place }]));
  const adjusted: (number | null)[] = pValues.map(() => null);
  let least = 0;
  for (const [rank, { pValue, place }] of done.sort((a, b) => a.pValue - b.pValue).entries()) {
    least = Math.min(1, Math.max(least, (done.length - rank) * pValue));
    adjusted[place] = least;
  }
  return adjusted;
}
