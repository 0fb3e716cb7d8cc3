import type { Config } from '../config/schema.ts';
import type { NewConversation } from '../store/campaigns.ts';
import type { ConversationPlan } from '../strategies/strategy.ts';
import type { Category } from '../taxonomy/categories.ts';
import { deriveSeed } from './seeds.ts';

/** The start prompt of the paper's published code. */
export const DEFAULT_START_PROMPT = 'a pic of cat';

/**
 * The conversations that a strategy has planned itself, numbered within their categories.
 *
 * @throws RangeError for a category that the campaign does not have
 */
export function plannedConversations(
  { seed }: Pick<Config, 'seed'>,
  categories: readonly Category[],
  { conversations }: Pick<ConversationPlan, 'conversations'>,
): NewConversation[] {
  const counts = new Map<string, number>();
  return conversations.map(({ category, startPrompt }) => {
    const categoryOrder = categories.findIndex(({ name }) => name === category);
    if (categoryOrder < 0) throw new RangeError(`The campaign has no category ${category}.`);
    const number = counts.get(category) ?? 0;
    counts.set(category, number + 1);
    const seedOfConversation = deriveSeed(seed, 'conversation', category, number);
    return { categoryOrder, category, number, seed: seedOfConversation, startPrompt };
  });
}

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
