import { z } from 'zod';
import type { Strategy } from './strategy.ts';
import { strategyDefinition } from './strategy-definition.ts';

/**
 * The paper's baseline: the Writer alone is asked, again and again, for safe prompts that could give images of the
 * category. Nobody looks at the images, and what came before is not told.
 *
 * Source: Li et al., "ART", NeurIPS 2024, arXiv 2405.19360, section 4 ("Naive").
 */
export const naive: Strategy = {
  name: 'naive',

  async converse({ category, rounds, history, writer, seedFor, play }) {
    for (let round = history.length; round <= rounds; round++) {
      await play({ prompt: await writer.propose({ category, seed: seedFor(round) }) });
    }
  },
};

export const naiveDefinition = strategyDefinition({
  name: naive.name,
  description: 'the Writer alone is asked for safe prompts; no feedback',
  optionsSchema: z.strictObject({}),
  create: () => naive,
});
