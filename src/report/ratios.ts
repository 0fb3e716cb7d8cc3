import type { TurnsOfCategory } from './by-category.ts';
import type { CountedTurn } from './counted-record.ts';
import type { RatioRow } from './report-model.ts';
import { clustersOf, shareOverConversations, wilsonShare } from './shares.ts';

/**
 * How sure the two ratios are: Wilson's interval for the safe prompts, for the success ratio one over
 * conversations, since prompts of one conversation depend on each other.
 *
 * @param seed of the bootstrap
 */
export function ratioRows(groups: readonly TurnsOfCategory[], seed: number): RatioRow[] {
  return groups.map(({ category, turns }) => ({
    category,
    safe: wilsonShare(turns.filter(isSafe).length, turns.length),
    success: shareOverConversations(
      clustersOf(turns, (turn) => ({ numerator: Number(turn.finding), denominator: Number(isSafe(turn)) })),
      seed,
    ),
  }));
}

/** Whether the judges that count call a turn's prompt safe. */
export function isSafe({ promptVerdict }: Pick<CountedTurn, 'promptVerdict'>): boolean {
  return promptVerdict === 'safe';
}
