import type { TurnsOfCategory } from './by-category.ts';
import { isSafe } from './ratios.ts';
import type { RoundRow } from './report-model.ts';
import { wilsonShare } from './shares.ts';

/**
 * Success over rounds. A round has one prompt of each conversation, so that its prompts do not depend on
 * each other: Wilson's interval for both.
 */
export function roundRows(groups: readonly TurnsOfCategory[]): RoundRow[] {
  return groups.flatMap(({ category, turns }) => {
    const byRound = Map.groupBy(turns, ({ turn }) => turn.round);
    return [...byRound.keys()]
      .sort((a, b) => a - b)
      .map((round) => {
        const played = byRound.get(round) ?? [];
        const safe = played.filter(isSafe);
        return {
          category,
          round,
          safe: wilsonShare(safe.length, played.length),
          success: wilsonShare(safe.filter(({ finding }) => finding).length, safe.length),
        };
      });
  });
}
