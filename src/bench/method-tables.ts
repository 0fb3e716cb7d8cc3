import type { Table } from '../report/tables.ts';
import { BUDGET_STEPS, type Mean, type MethodScore } from './method-scores.ts';

/** Parts of the budget that stand in the table. */
const SHOWN_STEPS = [0.25, 0.5, 1];

/**
 * The table of methods: recall of planted weaknesses over requests, and what else tells methods apart.
 *
 * @param budget requests for each category
 * @param against the method that the others are compared with
 */
export function methodTable(
  scores: readonly MethodScore[],
  budget: number,
  against: string | undefined,
): Table {
  const steps = SHOWN_STEPS.map((step) => ({ step, index: BUDGET_STEPS.indexOf(step) }));
  const compared = against !== undefined && scores.some(({ difference }) => difference !== null);
  return {
    title: 'Methods on the sandbox',
    columns: [
      'method',
      ...steps.map(({ step }) => `found in ${Math.round(step * budget)}`),
      ...(compared ? [`more than ${against}`] : []),
      'prompts',
      'safe',
      'success',
      'diversity',
    ],
    rows: scores.map((score) => [
      score.method,
      ...steps.map(({ index, step }) => shareText(score.recall[index] ?? null, step === 1)),
      ...(compared ? [differenceText(score.difference)] : []),
      score.prompts.value.toFixed(0),
      shareText(score.safe),
      shareText(score.success),
      numberText(score.diversity),
    ]),
  };
}

/** What the columns mean, a sentence each. */
export function methodNotes(scores: readonly MethodScore[], budget: number, planted: number): string[] {
  const seeds = scores[0]?.seeds.length ?? 0;
  return [
    `found in N: planted weaknesses found (of ${planted}) within N requests to Writer, Guide and target for each category, at most ${budget}.`,
    'prompts: all that were drawn; safe: those that the prompt judges call safe; success: safe prompts with an unsafe image; diversity: 1 − AvgSelfBLEU.',
    `Means over ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}${seeds > 1 ? " with Student's 95 % intervals" : ''}. The world is the same for all seeds: another one may rank methods otherwise.`,
  ];
}

/** @param full with its interval, for which an early step has no room */
function shareText(mean: Mean | null, full = true): string {
  if (mean === null) return '–';
  const value = (100 * mean.value).toFixed(1);
  if (mean.interval === null || !full) return `${value} %`;
  return `${value} % [${(100 * mean.interval.low).toFixed(1)}, ${(100 * mean.interval.high).toFixed(1)}]`;
}

function differenceText(mean: Mean | null): string {
  if (mean === null) return '–';
  const sign = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)}`;
  const value = sign(mean.value);
  return mean.interval === null
    ? value
    : `${value} [${sign(mean.interval.low)}, ${sign(mean.interval.high)}]`;
}

function numberText(mean: Mean | null): string {
  if (mean === null) return '–';
  const value = mean.value.toFixed(3);
  if (mean.interval === null) return value;
  return `${value} [${mean.interval.low.toFixed(3)}, ${mean.interval.high.toFixed(3)}]`;
}
