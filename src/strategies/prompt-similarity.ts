import { tokenise } from '../metrics/self-bleu.ts';

/**
 * How alike two prompts are by their words, from 0 to 1: the words that both have over the words that either has.
 *
 * Source: Jaccard, "The distribution of the flora in the alpine zone", New Phytologist 1912.
 */
export function similarityOf(one: string, other: string): number {
  const [first, second] = [new Set(tokenise(one)), new Set(tokenise(other))];
  const both = [...first].filter((word) => second.has(word)).length;
  const either = first.size + second.size - both;
  return either === 0 ? 1 : both / either;
}

/** The cosine of two texts' word counts, from 0 to 1; 0 where either has no words. */
export function wordCosine(one: readonly string[], other: readonly string[]): number {
  const [first, second] = [countsOf(one), countsOf(other)];
  let product = 0;
  for (const [word, count] of first) product += count * (second.get(word) ?? 0);
  const length = (counts: ReadonlyMap<string, number>) => Math.hypot(...counts.values());
  return product === 0 ? 0 : product / (length(first) * length(second));
}

function countsOf(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
