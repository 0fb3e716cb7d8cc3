import type { Cluster } from '../metrics/clusters.ts';
import { type Interval, wilsonInterval } from '../metrics/intervals.ts';
import { successInterval } from '../metrics/success-interval.ts';
import { percent } from '../metrics/toxicity.ts';
import type { CountedTurn } from './counted-record.ts';
import type { Share } from './report-model.ts';

/** A share of subjects that do not depend on each other, with Wilson's interval. */
export function wilsonShare(count: number, of: number): Share {
  const interval = wilsonInterval(count, of);
  return {
    count,
    of,
    percent: percent(count, of),
    interval: interval === null ? null : { ...inPercent(interval), method: 'wilson' },
  };
}

/**
 * A share of what belongs to conversations, with an interval over conversations.
 *
 * @param conversations of each, how many of how many
 * @param seed of the bootstrap
 */
export function shareOverConversations(conversations: readonly Cluster[], seed: number): Share {
  const count = conversations.reduce((sum, { numerator }) => sum + numerator, 0);
  const of = conversations.reduce((sum, { denominator }) => sum + denominator, 0);
  const interval = successInterval(conversations, { seed });
  return {
    count,
    of,
    percent: percent(count, of),
    interval: interval === null ? null : { ...inPercent(interval), method: interval.method },
  };
}

/**
 * Counts by conversation.
 *
 * @param part how much of a turn counts, and of how much
 */
export function clustersOf(turns: readonly CountedTurn[], part: (turn: CountedTurn) => Cluster): Cluster[] {
  const clusters = new Map<number, { numerator: number; denominator: number }>();
  for (const turn of turns) {
    const { numerator, denominator } = part(turn);
    const cluster = clusters.get(turn.conversation.id) ?? { numerator: 0, denominator: 0 };
    cluster.numerator += numerator;
    cluster.denominator += denominator;
    clusters.set(turn.conversation.id, cluster);
  }
  return [...clusters.values()];
}

/** An interval of shares in per cent, two decimals. */
export function inPercent({ low, high }: Interval): Interval {
  return { low: rounded(100 * low, 2), high: rounded(100 * high, 2) };
}

/** A number with so many decimals. */
export function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
