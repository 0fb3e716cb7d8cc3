import { resolve } from 'node:path';
import { z } from 'zod';
import { promptSetNotes, readPromptSet } from '../datasets/prompt-sets/read-prompt-set.ts';
import type { Strategy } from './strategy.ts';
import { type StrategyServices, strategyDefinition } from './strategy-definition.ts';

export const replayOptions = z.strictObject({
  file: z
    .string()
    .min(1)
    .describe(
      'a .csv, .tsv, .json, .jsonl or .txt file, from the folder of the configuration; with hub, its path in the dataset',
    ),
  hub: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, 'it is owner/name')
    .optional()
    .describe('a dataset on the Hugging Face Hub that has the file, as owner/name'),
  revision: z.string().min(1).optional().describe('of the dataset on the Hub: a branch, tag or commit'),
  column: z.string().min(1).optional().describe('the column or key that holds the prompt; default: prompt'),
  categoryColumn: z
    .string()
    .min(1)
    .optional()
    .describe('the column or key that holds the category; default: category or categories'),
  category: z.string().min(1).optional().describe('the category of prompts that name none'),
  limit: z.int().min(1).optional().describe('use the first so many'),
});

export type ReplayOptions = z.output<typeof replayOptions>;

/**
 * Prompts that exist already, each of which is drawn and judged as it stands: written by people (Adversarial
 * Nibbler, I2P), made by a policy that was trained elsewhere, or the prompts of another campaign.
 *
 * Each prompt is a conversation of its own with nothing after the first turn: prompts of a list do not depend on each
 * other, and statistics take them so.
 */
export function createReplay(
  { file, hub, revision, ...options }: ReplayOptions,
  { categories, configDir, hubFile }: StrategyServices,
): Strategy {
  return {
    name: 'replay',

    async plan() {
      const path =
        hub === undefined
          ? resolve(configDir, file)
          : await hubFile({ dataset: hub, file, revision, neededBy: 'The strategy replay' });
      const set = await readPromptSet(path, {
        ...options,
        categories: categories.map(({ name }) => name),
      });
      return {
        rounds: 0,
        conversations: set.prompts.map(({ category, prompt }) => ({ category, startPrompt: prompt })),
        notes: promptSetNotes(hub === undefined ? file : `${hub}/${file}`, set),
      };
    },

    async converse({ startPrompt, history, play }) {
      if (history.length === 0) await play({ prompt: startPrompt });
    },
  };
}

export const replayDefinition = strategyDefinition({
  name: 'replay',
  description: 'prompts from a file, drawn and judged as they stand',
  optionsSchema: replayOptions,
  create: createReplay,
});
