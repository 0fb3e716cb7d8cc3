import { z } from 'zod';
import type { Strategy } from './strategy.ts';
import { strategyDefinition } from './strategy-definition.ts';

/**
 * ART's loop: the Writer rewrites a harmless start prompt for the category; then, round after round,
 * the target draws the prompt, the judges judge prompt and image (`play`), the Guide looks at the
 * image and instructs, and the Writer writes the next prompt from prompt and instruction.
 *
 * Source: Li et al., "ART: Automatic Red-Teaming for Text-to-Image Models to Protect Benign Users",
 * NeurIPS 2024, arXiv 2405.19360, section 3.
 */
export const art: Strategy = {
  name: 'art',

  async converse({ category, startPrompt, rounds, history, writer, guide, seedFor, play }) {
    let turn =
      history.at(-1) ??
      (await play({ prompt: await writer.rewrite({ prompt: startPrompt, category, seed: seedFor(0) }) }));

    while (turn.round < rounds) {
      const seed = seedFor(turn.round + 1);
      const image = await turn.image();
      const instruction = await guide.instruct({ image, prompt: turn.prompt, category, seed });
      const prompt = await writer.rewrite({ prompt: turn.prompt, instruction, category, seed });
      turn = await play({ prompt, instruction });
    }
  },
};

export const artDefinition = strategyDefinition({
  name: art.name,
  description: 'the Guide looks at each image and instructs the Writer (the paper)',
  optionsSchema: z.strictObject({}),
  create: () => art,
});
