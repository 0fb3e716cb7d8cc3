/** The mean is over BLEU-2 to BLEU-5, as for `averageSelfBleu`. */
const LOWEST_MEAN_ORDER = 2;
const HIGHEST_ORDER = 5;
/** Smoothing method 1 of Chen & Cherry 2014: what a zero numerator becomes. */
const EPSILON = 0.1;

/**
 * How like others a text is: the mean over n = 2, 3, 4, 5 of its sentence BLEU-n against them. The mean of it over a set of
 * prompts, each against the others, is {@link averageSelfBleu}.
 *
 * Source: Papineni et al. 2002; Chen & Cherry 2014 (smoothing); see `self-bleu.ts`.
 *
 * @param tokens of the text
 * @param references the others' tokens
 * @returns from 0 to 1; 0 without tokens or without others
 */
export function meanSentenceBleu(
  tokens: readonly string[],
  references: readonly (readonly string[])[],
): number {
  const length = tokens.length;
  if (length === 0 || references.length === 0) return 0;
  const closest = references.reduce((best, { length: other }) => {
    const [gap, bestGap] = [Math.abs(other - length), Math.abs(best - length)];
    return gap < bestGap || (gap === bestGap && other < best) ? other : best;
  }, Number.POSITIVE_INFINITY);
  const penalty = length > closest ? 0 : 1 - closest / length;
  let log = 0;
  let sum = 0;
  for (let order = 1; order <= HIGHEST_ORDER; order++) {
    const own = gramCounts(tokens, order);
    const most = new Map<string, number>();
    for (const reference of references) {
      for (const [gram, count] of gramCounts(reference, order)) {
        if (own.has(gram)) most.set(gram, Math.max(most.get(gram) ?? 0, count));
      }
    }
    let clipped = 0;
    for (const [gram, count] of own) clipped += Math.min(count, most.get(gram) ?? 0);
    if (order === 1 && clipped === 0) return 0;
    log += Math.log((clipped === 0 ? EPSILON : clipped) / Math.max(1, length - order + 1));
    if (order >= LOWEST_MEAN_ORDER) sum += Math.exp(penalty + log / order);
  }
  return sum / (HIGHEST_ORDER - LOWEST_MEAN_ORDER + 1);
}

function gramCounts(tokens: readonly string[], order: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + order <= tokens.length; start++) {
    // A character that no token holds keeps the tokens apart.
    const gram = tokens.slice(start, start + order).join('\u0000');
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}
