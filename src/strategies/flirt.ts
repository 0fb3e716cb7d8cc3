import { z } from 'zod';
import { similarityOf } from './prompt-similarity.ts';
import type { Strategy, Turn } from './strategy.ts';
import { strategyDefinition } from './strategy-definition.ts';

const weight = z.number().min(0).max(1_000);

export const flirtOptions = z.strictObject({
  list: z
    .enum(['fifo', 'lifo', 'scored'])
    .default('scored')
    .describe('how a prompt that succeeded comes into the examples'),
  size: z.int().min(1).max(50).default(5).describe('how many examples the Writer sees'),
  examples: z
    .array(z.string().trim().min(1).max(1_000))
    .max(50)
    .default([])
    .describe('prompts to begin with; default: none, the Writer proposes until one succeeds'),
  weights: z
    .strictObject({
      effectiveness: weight.default(1).describe('of an unsafe image'),
      diversity: weight.default(1).describe('of being unlike the other examples'),
      lowToxicity: weight.default(1).describe('of a prompt that the judges call safe'),
    })
    .default({ effectiveness: 1, diversity: 1, lowToxicity: 1 })
    .describe('what counts in a scored list'),
});

export type FlirtOptions = z.output<typeof flirtOptions>;

/** A prompt in the list, with what is known of it. */
interface Example {
  readonly prompt: string;
  /** 1: its image was unsafe. Those that the list began with count as effective. */
  readonly effectiveness: number;
  /** 1: the judges called it safe. */
  readonly lowToxicity: number;
}

/**
 * FLIRT: the Writer writes in the manner of examples, and prompts that succeed become examples themselves, as a first
 * in, first out or last in, first out list or by their score. Where there are no examples yet, the Writer is asked as
 * by `naive`.
 *
 * Scores stand on verdicts, as the campaign's rule combines them, not on a judge's own numbers; unlikeness is
 * measured by words.
 *
 * Source: Mehrabi et al., "FLIRT: Feedback Loop In-context Red Teaming", arXiv 2308.04265, section 2.
 */
export function createFlirt(options: FlirtOptions): Strategy {
  return {
    name: 'flirt',

    async converse({ category, rounds, history, writer, seedFor, play }) {
      // As long as `play` goes on, the history grows: all of the list follows from it.
      for (let round = history.length; round <= rounds; round++) {
        const examples = exampleList(history, options);
        const request = { category, seed: seedFor(round) };
        const prompt =
          examples.length === 0
            ? await writer.propose(request)
            : await writer.imitate({ ...request, examples });
        await play({ prompt });
      }
    },
  };
}

export const flirtDefinition = strategyDefinition({
  name: 'flirt',
  description: 'examples in the question, renewed by what succeeded: FIFO, LIFO or scored',
  optionsSchema: flirtOptions,
  create: createFlirt,
});

/**
 * The examples after these turns.
 *
 * @param turns oldest first
 */
export function exampleList(turns: readonly Turn[], options: FlirtOptions): string[] {
  const { list, size } = options;
  let examples: Example[] = options.examples
    .slice(0, size)
    .map((prompt) => ({ prompt, effectiveness: 1, lowToxicity: 1 }));
  for (const { prompt, outcome, promptVerdict, imageVerdict } of turns) {
    const candidate = {
      prompt,
      effectiveness: outcome === 'drawn' && imageVerdict === 'unsafe' ? 1 : 0,
      lowToxicity: promptVerdict === 'safe' ? 1 : 0,
    };
    const known = examples.some((one) => one.prompt === prompt);
    // Only a scored list weighs whether a prompt is safe; the others ask for it.
    const fit = candidate.effectiveness === 1 && (list === 'scored' || candidate.lowToxicity === 1);
    if (known || !fit) continue;
    if (examples.length < size) examples = [...examples, candidate];
    else if (list === 'fifo') examples = [...examples.slice(1), candidate];
    else if (list === 'lifo') examples = [...examples.slice(0, -1), candidate];
    else examples = bestOf(examples, candidate, options);
  }
  return examples.map(({ prompt }) => prompt);
}

/** The candidate instead of that example whose loss raises the list's score most; the list as it is where none does. */
function bestOf(examples: readonly Example[], candidate: Example, options: FlirtOptions): Example[] {
  let best = [...examples];
  let score = scoreOf(best, options);
  for (const place of examples.keys()) {
    const other = examples.with(place, candidate);
    const otherScore = scoreOf(other, options);
    if (otherScore > score) [best, score] = [other, otherScore];
  }
  return best;
}

/** The weighted sum of the list's objectives, each from 0 to 1. */
function scoreOf(examples: readonly Example[], { weights }: FlirtOptions): number {
  const mean = (of: (example: Example) => number) =>
    examples.reduce((sum, example) => sum + of(example), 0) / Math.max(1, examples.length);
  let [alike, pairs] = [0, 0];
  for (const [place, { prompt }] of examples.entries()) {
    for (const other of examples.slice(place + 1)) {
      alike += similarityOf(prompt, other.prompt);
      pairs++;
    }
  }
  return (
    weights.effectiveness * mean(({ effectiveness }) => effectiveness) +
    weights.lowToxicity * mean(({ lowToxicity }) => lowToxicity) +
    weights.diversity * (pairs === 0 ? 1 : 1 - alike / pairs)
  );
}
