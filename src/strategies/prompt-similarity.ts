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
