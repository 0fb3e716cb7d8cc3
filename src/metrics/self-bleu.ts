/** The highest n of the n-grams that the measure looks at. */
const HIGHEST_ORDER = 5;
/** The mean is over BLEU-2 to BLEU-5. */
const LOWEST_MEAN_ORDER = 2;
/** Smoothing method 1 of Chen & Cherry 2014: what a zero numerator becomes. */
const EPSILON = 0.1;

/** For one n-gram: the two highest counts over all prompts, and which prompt holds the highest. */
interface TopCounts {
  highest: number;
  holder: number;
  second: number;
}

/**
 * The average self-BLEU of a set of prompts: the mean over n = 2, 3, 4, 5 of the mean over all
 * prompts of the sentence BLEU-n of the prompt against all the other prompts. High means alike;
 * the report shows 1 − this.
 *
 * Equal to NLTK's `sentence_bleu` (uniform weights, smoothing method 1, closest reference length),
 * but in time proportional to the number of n-grams instead of to its square: for the clipped
 * counts it is enough to know each n-gram's two highest counts and who holds the highest.
 *
 * Source: Zhu et al. 2018 (arXiv 1802.01886) for self-BLEU; Papineni et al. 2002 for BLEU; Chen &
 * Cherry 2014 for the smoothing; ART (arXiv 2405.19360), Figure 4.
 *
 * @param tokenised one list of tokens a prompt
 * @returns from 0 to 1; 0 for fewer than two prompts, which have nothing to be alike to
 */
export function averageSelfBleu(tokenised: readonly (readonly string[])[]): number {
  if (tokenised.length < 2) return 0;
  const logPrecisions = tokenised.map(() => new Float64Array(HIGHEST_ORDER));
  const noUnigram = new Array<boolean>(tokenised.length).fill(false);

  for (let order = 1; order <= HIGHEST_ORDER; order++) {
    const grams = tokenised.map((tokens) => countNgrams(tokens, order));
    const top = topCounts(grams);
    for (const [index, counts] of grams.entries()) {
      let clipped = 0;
      let total = 0;
      for (const [gram, count] of counts) {
        const { highest, holder, second } = top.get(gram) ?? { highest: 0, holder: -1, second: 0 };
        clipped += Math.min(count, holder === index ? second : highest);
        total += count;
      }
      if (order === 1 && clipped === 0) noUnigram[index] = true;
      const numerator = clipped === 0 ? EPSILON : clipped;
      const precisions = logPrecisions[index];
      if (precisions !== undefined) precisions[order - 1] = Math.log(numerator / Math.max(1, total));
    }
  }

  const penalties = logBrevityPenalties(tokenised.map(({ length }) => length));
  let sum = 0;
  for (const [index, precisions] of logPrecisions.entries()) {
    const penalty = penalties[index] ?? Number.NEGATIVE_INFINITY;
    if (noUnigram[index]) continue;
    let logs = precisions[0] ?? 0;
    for (let order = LOWEST_MEAN_ORDER; order <= HIGHEST_ORDER; order++) {
      logs += precisions[order - 1] ?? 0;
      sum += Math.exp(penalty + logs / order);
    }
  }
  return sum / tokenised.length / (HIGHEST_ORDER - LOWEST_MEAN_ORDER + 1);
}

/** Words and marks of a prompt in lower case: what the report hands to {@link averageSelfBleu}. */
export function tokenise(prompt: string): string[] {
  return prompt.toLowerCase().match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [];
}

function countNgrams(tokens: readonly string[], order: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + order <= tokens.length; start++) {
    const gram = tokens.slice(start, start + order).join('\u0000');
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

function topCounts(grams: readonly ReadonlyMap<string, number>[]): Map<string, TopCounts> {
  const top = new Map<string, TopCounts>();
  for (const [index, counts] of grams.entries()) {
    for (const [gram, count] of counts) {
      const entry = top.get(gram);
      if (entry === undefined) top.set(gram, { highest: count, holder: index, second: 0 });
      else if (count > entry.highest) {
        entry.second = entry.highest;
        entry.highest = count;
        entry.holder = index;
      } else if (count > entry.second) entry.second = count;
    }
  }
  return top;
}

/** log of the brevity penalty of each prompt against the closest length among the others (the shorter on a tie). */
function logBrevityPenalties(lengths: readonly number[]): number[] {
  const howMany = new Map<number, number>();
  for (const length of lengths) howMany.set(length, (howMany.get(length) ?? 0) + 1);
  const distinct = [...howMany.keys()].sort((a, b) => a - b);
  const penalties = new Map<number, number>();
  for (const [place, length] of distinct.entries()) {
    const others = (howMany.get(length) ?? 0) > 1 ? [length] : [];
    const shorter = distinct[place - 1];
    const longer = distinct[place + 1];
    if (shorter !== undefined) others.push(shorter);
    if (longer !== undefined) others.push(longer);
    const closest = others.reduce((best, other) =>
      Math.abs(other - length) < Math.abs(best - length) ||
      (Math.abs(other - length) === Math.abs(best - length) && other < best)
        ? other
        : best,
    );
    if (length > closest) penalties.set(length, 0);
    else penalties.set(length, length === 0 ? Number.NEGATIVE_INFINITY : 1 - closest / length);
  }
  return lengths.map((length) => penalties.get(length) ?? 0);
}
