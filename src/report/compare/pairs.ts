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

function keyOf({ category, prompt }: ComparedPrompt): string {
  return `${category}\u0000${prompt}`;
}
