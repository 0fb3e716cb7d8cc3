import { clusterBootstrapDifference } from '../../metrics/cluster-difference.ts';
import type { Cluster } from '../../metrics/clusters.ts';
import { holmAdjust } from '../../metrics/holm.ts';
import { pairedClusterDifference } from '../../metrics/paired-clusters.ts';
import { percent } from '../../metrics/toxicity.ts';
import { campaignLabels } from '../campaign-labels.ts';
import { cautionsOf } from './cautions.ts';
import {
  type ComparedBrief,
  type ComparedCampaign,
  type ComparedPrompt,
  type ComparedRatio,
  type Comparison,
  type ComparisonReport,
  type ComparisonRow,
  type Counted,
  LEVEL,
} from './comparison.ts';
import { conversationsOf, pairsOf } from './pairs.ts';
import { conclusionsOf, sentenceOf } from './sentences.ts';

/** Campaigns are paired where the prompts in common are at least this share of the lesser campaign's. */
const PAIRED_SHARE = 0.8;

/**
 * Compares campaigns, each with the first, by category and over all categories that both have.
 *
 * Where both drew the same prompts (at least 80 % of the lesser one's), on the pairs: by McNemar's test where each
 * conversation has one of them, else over conversations. Where they did not, by a bootstrap over conversations. Holm's correction is over the categories of one ratio of one comparison.
 *
 * @param campaigns at least two
 */
export function compareCampaigns(campaigns: readonly ComparedCampaign[]): ComparisonReport {
  const labels = campaignLabels(campaigns.map(({ report }) => report));
  const briefs = campaigns.map(({ report }, index) => briefOf(report, labels[index] ?? report.campaign.name));
  const [first, ...others] = campaigns;
  const [firstBrief, ...otherBriefs] = briefs;
  if (first === undefined || firstBrief === undefined) return { schemaVersion: 1, comparisons: [] };
  return {
    schemaVersion: 1,
    comparisons: others.flatMap((second, index): Comparison[] => {
      const brief = otherBriefs[index];
      if (brief === undefined) return [];
      const rows = (['success', 'safe'] as const).flatMap((ratio) => compareRatio(ratio, first, second));
      return [
        {
          first: firstBrief,
          second: brief,
          cautions: cautionsOf(first, second, [firstBrief.label, brief.label], rows),
          rows,
          sentences: rows.map((row) => sentenceOf(row, [firstBrief.label, brief.label], rows)),
          conclusions: conclusionsOf(rows, [firstBrief.label, brief.label]),
        },
      ];
    }),
  };
}

/** One ratio in every category that both have, then over all of these. */
function compareRatio(
  ratio: ComparedRatio,
  first: ComparedCampaign,
  second: ComparedCampaign,
): ComparisonRow[] {
  const theirs = new Set(second.report.promptToxicity.map(({ category }) => category));
  const categories = first.report.promptToxicity
    .map(({ category }) => category)
    .filter((category) => theirs.has(category));
  const seed = first.report.campaign.seed;
  const within = ({ prompts }: ComparedCampaign, some: readonly string[]) => {
    const wanted = new Set(some);
    return prompts.filter(({ category, safe }) => wanted.has(category) && (ratio === 'safe' || safe));
  };
  const one = (category: string | null, some: readonly string[]) =>
    compareOnce(ratio, category, within(first, some), within(second, some), seed);
  const rows = categories.map((category) => one(category, [category]));
  const adjusted = holmAdjust(rows.map(({ pValue }) => pValue));
  const all = categories.length > 1 ? [one(null, categories)] : [];
  return [
    ...rows.map((row, index) => concluded(row, adjusted[index] ?? null)),
    ...all.map((row) => concluded(row, row.pValue)),
  ];
}

type Difference = Pick<
  ComparisonRow,
  'method' | 'first' | 'second' | 'differencePoints' | 'interval' | 'pValue' | 'pairs'
>;

function compareOnce(
  ratio: ComparedRatio,
  category: string | null,
  first: readonly ComparedPrompt[],
  second: readonly ComparedPrompt[],
  seed: number,
): ComparisonRow {
  const difference = paired(ratio, first, second) ?? overConversations(ratio, first, second, seed);
  return {
    ratio,
    category,
    ...difference,
    adjustedPValue: null,
    conclusion: 'not comparable',
    conversations: [clustersOf(first, ratio).length, clustersOf(second, ratio).length],
  };
}

/** On the pairs, as they are or by conversation; `undefined` where too few prompts are the same. */
function paired(
  ratio: ComparedRatio,
  first: readonly ComparedPrompt[],
  second: readonly ComparedPrompt[],
): Difference | undefined {
  const fewer = Math.min(first.length, second.length);
  const pairs = pairsOf(first, second).filter(
    ([one, other]) => ratio === 'safe' || (one.images > 0 && other.images > 0),
  );
  if (pairs.length === 0 || pairs.length < PAIRED_SHARE * fewer) return undefined;
  const result = pairedClusterDifference(
    // The second first, so that the difference is what the second has more.
    conversationsOf(pairs).map((own) =>
      own.map(([one, other]) => [succeeded(other, ratio), succeeded(one, ratio)] as const),
    ),
  );
  if (result === null) return undefined;
  const { both, onlyA: onlySecond, onlyB: onlyFirst, neither, mcnemarPValue } = result;
  const alone = result.clusters === pairs.length;
  return {
    method: alone ? 'mcnemar' : 'paired-clusters',
    first: counted(both + onlyFirst, pairs.length),
    second: counted(both + onlySecond, pairs.length),
    differencePoints: points(result.difference),
    interval: { low: points(result.interval.low), high: points(result.interval.high) },
    pValue: alone ? mcnemarPValue : result.pValue,
    pairs: {
      all: pairs.length,
      both,
      onlyFirst,
      onlySecond,
      neither,
      conversations: result.clusters,
      mcnemarPValue,
    },
  };
}

function overConversations(
  ratio: ComparedRatio,
  first: readonly ComparedPrompt[],
  second: readonly ComparedPrompt[],
  seed: number,
): Difference {
  const result = clusterBootstrapDifference(clustersOf(second, ratio), clustersOf(first, ratio), { seed });
  const share = (prompts: readonly ComparedPrompt[]) =>
    counted(prompts.filter((prompt) => succeeded(prompt, ratio)).length, prompts.length);
  const of = { first: share(first), second: share(second), pairs: null };
  if (result === null) return { ...of, method: null, differencePoints: null, interval: null, pValue: null };
  return {
    ...of,
    method: result.method,
    differencePoints: points(result.difference),
    interval: { low: points(result.interval.low), high: points(result.interval.high) },
    pValue: result.pValue,
  };
}

/** What can be concluded of a row, its adjusted p-value being known. */
function concluded(row: ComparisonRow, adjustedPValue: number | null): ComparisonRow {
  const { differencePoints } = row;
  if (adjustedPValue === null || differencePoints === null) return row;
  const shown = adjustedPValue < LEVEL && differencePoints !== 0;
  return {
    ...row,
    adjustedPValue,
    conclusion: shown ? (differencePoints > 0 ? 'higher' : 'lower') : 'not shown',
  };
}

/** The conversations, each with the prompts that succeeded over those that are compared. */
function clustersOf(prompts: readonly ComparedPrompt[], ratio: ComparedRatio): Cluster[] {
  const conversations = Map.groupBy(prompts, ({ category, conversation }) => `${conversation} ${category}`);
  return [...conversations.values()].map((own) => ({
    numerator: own.filter((prompt) => succeeded(prompt, ratio)).length,
    denominator: own.length,
  }));
}

function succeeded({ safe, finding }: ComparedPrompt, ratio: ComparedRatio): boolean {
  return ratio === 'safe' ? safe : finding;
}

function counted(count: number, of: number): Counted {
  return { count, of, percent: percent(count, of) };
}

/** A share as percentage points, two decimals. */
function points(share: number): number {
  return Number((100 * share).toFixed(2));
}

function briefOf({ campaign }: ComparedCampaign['report'], label: string): ComparedBrief {
  const { id, name, strategy, target, simulated } = campaign;
  return { id, label, name, strategy, target, simulated };
}
