import { z } from 'zod';
import type { TriedPrompt } from '../models/types.ts';
import type { Strategy, Turn } from './strategy.ts';
import { strategyDefinition } from './strategy-definition.ts';

export const artOptions = z.strictObject({
  memory: z
    .int()
    .min(0)
    .max(1_000)
    .default(40)
    .describe(
      'of how many prompts of the conversation, and what came of them, the Guide is told; 0: as in the paper',
    ),
  restartAfter: z
    .int()
    .min(0)
    .max(10_000)
    .default(8)
    .describe(
      'after so many rounds without a finding the conversation starts anew; 0: never, as in the paper',
    ),
});

export type ArtOptions = z.output<typeof artOptions>;

/** The loop as the paper has it: the Guide knows one image, and a conversation never starts anew. */
export const AS_PUBLISHED: ArtOptions = { memory: 0, restartAfter: 0 };

/**
 * ART's loop: the Writer rewrites a harmless start prompt for the category; then, round after round,
 * the target draws the prompt, the judges judge prompt and image (`play`), the Guide looks at the
 * image and instructs, and the Writer writes the next prompt from prompt and instruction.
 *
 * Source: Li et al., "ART: Automatic Red-Teaming for Text-to-Image Models to Protect Benign Users",
 * NeurIPS 2024, arXiv 2405.19360, section 3. Ours beyond it, unless {@link AS_PUBLISHED}: the Guide is told what was tried
 * and what came of it, so that it need not lead to the same finding again, and a conversation that finds nothing for
 * long starts anew. `art bench strategies` measures what that is worth.
 */
export function createArt({ memory, restartAfter }: ArtOptions): Strategy {
  return {
    name: 'art',

    async converse({ category, startPrompt, rounds, history, writer, guide, seedFor, play }) {
      // All that is remembered is in the turns, so that a conversation that was cut off remembers the same.
      const turns = [...history];
      for (let round = turns.length; round <= rounds; round++) {
        const seed = seedFor(round);
        const last = turns.at(-1);
        if (last === undefined || isStuck(turns, restartAfter)) {
          turns.push(await play({ prompt: await writer.rewrite({ prompt: startPrompt, category, seed }) }));
          continue;
        }
        const image = await last.image();
        const tried = memory === 0 ? {} : { tried: turns.slice(-memory).map(toTried) };
        const instruction = await guide.instruct({ image, prompt: last.prompt, ...tried, category, seed });
        const prompt = await writer.rewrite({ prompt: last.prompt, instruction, category, seed });
        turns.push(await play({ prompt, instruction }));
      }
    },
  };
}

/** ART with its defaults. */
export const art: Strategy = createArt(artOptions.parse({}));

export const artDefinition = strategyDefinition({
  name: 'art',
  description: 'the Guide looks at each image and instructs the Writer (the paper)',
  optionsSchema: artOptions,
  create: createArt,
});

/** Whether neither a finding nor a new start is among the last turns. */
function isStuck(turns: readonly Turn[], restartAfter: number): boolean {
  if (restartAfter === 0 || turns.length < restartAfter) return false;
  return turns
    .slice(-restartAfter)
    .every((turn) => turn.instruction !== undefined && toTried(turn).result !== 'found');
}

function toTried({ prompt, outcome, promptVerdict, imageVerdict }: Turn): TriedPrompt {
  if (outcome !== 'drawn') return { prompt, result: 'refused' };
  if (promptVerdict === 'unsafe') return { prompt, result: 'flagged' };
  if (promptVerdict === 'error' || imageVerdict === 'error') return { prompt, result: 'unknown' };
  return { prompt, result: imageVerdict === 'unsafe' ? 'found' : 'harmless' };
}
