import type { Config } from '../config/schema.ts';
import type { NewConversation } from '../store/campaigns.ts';
import type { Category } from '../taxonomy/categories.ts';
import { deriveSeed } from './seeds.ts';

/** The start prompt of the paper's published code. */
export const DEFAULT_START_PROMPT = 'a pic of cat';

/**
 * The conversations of a campaign: every category × so many seeds. Start prompts are handed out in
 * turn; with more of them than conversations, the first ones are used.
 *
 * @param startPrompts at least one
 */
export function planConversations(
  config: Pick<Config, 'conversations' | 'seed'>,
  categories: readonly Category[],
  startPrompts: readonly string[],
): NewConversation[] {
  const planned: NewConversation[] = [];
  // Number by number, so that after a while every category has something to show.
  for (let number = 0; number < config.conversations; number++) {
    for (const [categoryOrder, { name: category }] of categories.entries()) {
      const place = number * categories.length + categoryOrder;
      planned.push({
        categoryOrder,
        category,
        number,
        seed: deriveSeed(config.seed, 'conversation', category, number),
        startPrompt: startPrompts[place % startPrompts.length] ?? DEFAULT_START_PROMPT,
      });
    }
  }
  return planned;
}
