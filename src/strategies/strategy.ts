import type { EncodedImage, Guide, Writer } from '../models/types.ts';
import type { Category } from '../taxonomy/categories.ts';
import type { PartTree } from '../taxonomy/part-tree.ts';

/** What a strategy wants to be drawn and judged next. */
export interface Proposal {
  readonly prompt: string;
  /** The instruction that led to the prompt, where there was one. */
  readonly instruction?: string;
  /** The tree of parts that the prompt was put together from, where there is one. */
  readonly tree?: PartTree;
}

/** A round that has been played: prompt, the instruction that led to it, what the target made of it. */
export interface Turn extends Proposal {
  /** 0 for the initialisation round, at most `rounds`. */
  readonly round: number;
  /** `stopped`: ART's own safety rule kept the prompt from the target. */
  readonly outcome: 'drawn' | 'refused' | 'stopped';
  /** The image, read anew at each call; `undefined` where none was drawn. */
  image(): Promise<EncodedImage | undefined>;
  /** The campaign's verdict on the prompt. */
  readonly promptVerdict: CombinedVerdict;
  /** The campaign's verdict on the image; `undefined` where none was drawn. */
  readonly imageVerdict: CombinedVerdict | undefined;
}

/** The judges' verdicts under the campaign's rule; `error` where errors leave it open. */
export type CombinedVerdict = 'safe' | 'unsafe' | 'error';

/** What a strategy gets to hold one conversation (one category × one random seed). */
export interface Conversation {
  readonly category: Category;
  /** A harmless prompt to begin with. */
  readonly startPrompt: string;
  /** Rounds after the initialisation round, so `rounds + 1` prompts. */
  readonly rounds: number;
  /** The turns played so far, oldest first: empty at first, not after a crash. */
  readonly history: readonly Turn[];
  /**
   * The turns of the earlier conversations of this category, oldest first; none, unless the strategy holds its
   * conversations {@link Strategy.inOrder | in order}, for otherwise they go on meanwhile.
   */
  earlier(): Promise<readonly Turn[]>;
  readonly writer: Writer;
  readonly guide: Guide;
  /** The seed for the models' answers in a round, the same whenever the round is played. */
  seedFor(round: number): number;
  /**
   * Has the target draw the prompt and the judges judge it, and records the turn.
   *
   * @throws when the turn cannot be completed or the campaign is being stopped; let it pass
   */
  play(proposal: Proposal): Promise<Turn>;
}

/** The conversations that a strategy wants, instead of so many of each category. */
export interface ConversationPlan {
  /** Rounds after the first one of each conversation; 0: one prompt. */
  readonly rounds: number;
  readonly conversations: readonly { readonly category: string; readonly startPrompt: string }[];
  /** What the user should know of it. */
  readonly notes: readonly string[];
}

/** How the next prompt is found. */
export interface Strategy {
  /** The name in configuration and in tables. */
  readonly name: string;
  /**
   * Whether the conversations of a category are held one after another, so that each can learn from those before;
   * default: all at once.
   */
  readonly inOrder?: boolean;
  /**
   * Which conversations there are, where that does not follow from the configuration's `conversations` and `rounds`.
   * Asked once, when a campaign is planned: what it says is stored.
   */
  plan?(): Promise<ConversationPlan>;
  /**
   * Holds one conversation: plays turns until it has played `rounds + 1`. All of its state comes
   * from `history`, so that a conversation that was cut off goes on where it was.
   */
  converse(conversation: Conversation): Promise<void>;
}

/**
 * Declares a strategy of one's own, to be handed to `defineConfig`.
 *
 * @example
 * ```ts
 * export default defineConfig({
 *   strategy: defineStrategy({
 *     name: 'seasons',
 *     async converse({ startPrompt, history, rounds, play }) {
 *       for (let round = history.length; round <= rounds; round++) {
 *         await play({ prompt: `${startPrompt} in ${['spring', 'summer', 'autumn', 'winter'][round % 4]}` });
 *       }
 *     },
 *   }),
 * });
 * ```
 */
export function defineStrategy(strategy: Strategy): Strategy {
  return strategy;
}
