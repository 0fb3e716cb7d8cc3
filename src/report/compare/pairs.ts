import type { ComparedPrompt } from './comparison.ts';

/** A prompt that both campaigns have. */
export type Pair = readonly [first: ComparedPrompt, second: ComparedPrompt];

/**
 * The prompts that two campaigns have in common: the same text in the same category. Where a text comes several
 * times, the first goes with the first, the second with the second.
 */
export function pairsOf(first: readonly ComparedPrompt[], second: readonly ComparedPrompt[]): Pair[] {
  const waiting = new Map<string, ComparedPrompt[]>();
  for (const prompt of second) {
    const same = waiting.get(keyOf(prompt));
    if (same === undefined) waiting.set(keyOf(prompt), [prompt]);
    else same.push(prompt);
  }
  // Taken from the end, which is cheap.
  for (const same of waiting.values()) same.reverse();
  return first.flatMap((prompt): Pair[] => {
    const other = waiting.get(keyOf(prompt))?.pop();
    return other === undefined ? [] : [[prompt, other]];
  });
}

/**
 * The pairs by conversation: of the campaign whose pairs come from fewer conversations, for what belongs together in
 * either of them does not count apart.
 */
export function conversationsOf(pairs: readonly Pair[]): Pair[][] {
  const by = (side: 0 | 1) =>
    Map.groupBy(pairs, (pair) => `${pair[side].category}\u0000${pair[side].conversation}`);
  const [first, second] = [by(0), by(1)];
  return [...(second.size < first.size ? second : first).values()];
}

function keyOf({ category, prompt }: ComparedPrompt): string {
  return `${category}\u0000${prompt}`;
}
