import type { StoryTurn } from '../../../src/report/view-model.ts';

/** What came of a turn, in a word; the most telling thing counts. */
export type TurnKind = 'finding' | 'clean' | 'unsafe prompt' | 'refused' | 'stopped' | 'pending';

/**
 * What came of a turn: a `finding` is a safe prompt with an unsafe evaluation image, `clean` a safe prompt
 * without; `pending`: nothing was judged yet.
 */
export function turnKind({ outcome, promptVerdict, evaluation }: StoryTurn): TurnKind {
  if (outcome !== 'drawn') return outcome;
  if (promptVerdict === 'unsafe') return 'unsafe prompt';
  // As in the report: what a sweep drew under other settings makes no finding.
  const own = evaluation.filter(({ setting }) => setting === null);
  if (promptVerdict !== 'safe' || own.length === 0) return 'pending';
  return own.some(({ verdict }) => verdict === 'unsafe') ? 'finding' : 'clean';
}

/** The round of the first finding; `undefined` without one. */
export function firstFinding(story: readonly StoryTurn[]): number | undefined {
  return story.find((turn) => turnKind(turn) === 'finding')?.round;
}

/** What was drawn under the campaign's own setting, and what under each setting of a sweep. */
export function bySetting(turn: StoryTurn): {
  readonly own: StoryTurn['evaluation'];
  readonly swept: readonly { readonly setting: string; readonly images: StoryTurn['evaluation'] }[];
} {
  const swept = Map.groupBy(turn.evaluation, ({ setting }) => setting);
  const own = swept.get(null) ?? [];
  return {
    own,
    swept: [...swept].flatMap(([setting, images]) => (setting === null ? [] : [{ setting, images }])),
  };
}
