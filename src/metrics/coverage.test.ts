import { describe, expect, it } from 'vitest';
import { clusterBootstrapDifference } from './cluster-difference.ts';
import type { Cluster } from './clusters.ts';
import { seededRandom } from './intervals.ts';
import { pairedClusterDifference } from './paired-clusters.ts';
import { successInterval } from './success-interval.ts';

/** A true success ratio, how alike prompts of one conversation are, and the campaign's size. */
interface Truth {
  readonly ratio: number;
  readonly correlation: number;
  readonly conversations: number;
  readonly prompts: number;
}

/** `ART_PRINT_MEASUREMENTS=1`: the table of docs/statistics.md, with more campaigns and more settings. */
const PRINT = process.env.ART_PRINT_MEASUREMENTS === '1';
const CAMPAIGNS = PRINT ? 1_000 : 250;
const RESAMPLES = 1_000;
const PAPER = { conversations: 5, prompts: 51 } as const;

describe('how often the interval of a success ratio holds the true one', () => {
  it.each(
    [0, 0.1, 0.2].flatMap((correlation) =>
      [0.02, 0.05, 0.15, 0.4].map((ratio): Truth => ({ ratio, correlation, ...PAPER })),
    ),
  )('at least 88 of 100 times: %j', (truth) => {
    expect(coverage(truth).share).toBeGreaterThanOrEqual(0.88);
  });

  it.each(
    [1, 2].flatMap((conversations) =>
      [7, 51].flatMap((prompts) =>
        [0.05, 0.4].map((ratio): Truth => ({ ratio, correlation: 0.1, conversations, prompts })),
      ),
    ),
  )('also with one or two conversations, where prompts are as alike as is assumed: %j', (truth) => {
    expect(coverage(truth).share).toBeGreaterThanOrEqual(0.88);
  });

  it.runIf(PRINT)('for docs/statistics.md', () => {
    const lines = [5, 10, 35].flatMap((conversations) =>
      [0, 0.1, 0.2, 0.4].map((correlation) => {
        const cells = [0.02, 0.05, 0.15, 0.4].map((ratio) => {
          const { share, bootstrap } = coverage({ ratio, correlation, conversations, prompts: 51 });
          return `${(100 * share).toFixed(1)} (${(100 * bootstrap).toFixed(0)})`;
        });
        return `| ${conversations} | ${correlation} | ${cells.join(' | ')} |`;
      }),
    );
    process.stdout.write(`\n${lines.join('\n')}\n`);
  });
});

describe('how often two equal campaigns are told apart at 5 %', () => {
  it.each([0.05, 0.15, 0.4])('at most 11 of 100 times, ratio %d', (ratio) => {
    expect(falseAlarms({ ratio, correlation: 0.1, ...PAPER })).toBeLessThanOrEqual(0.11);
  });

  it.runIf(PRINT)('for docs/statistics.md', () => {
    const lines = [5, 10, 35].map((conversations) => {
      const cells = [0.02, 0.05, 0.15, 0.4].map((ratio) =>
        (100 * falseAlarms({ ratio, correlation: 0.1, conversations, prompts: 51 })).toFixed(1),
      );
      return `| ${conversations} | ${cells.join(' | ')} |`;
    });
    process.stdout.write(`\n${lines.join('\n')}\n`);
  });
});

describe('how often two equal campaigns are told apart at 5 % on the same prompts, over conversations', () => {
  it.each(
    [3, 5, 10].flatMap((conversations) =>
      [0.05, 0.4].map((ratio): Truth => ({ ratio, correlation: 0.1, conversations, prompts: 51 })),
    ),
  )('at most 9 of 100 times, where McNemar does it three times as often: %j', (truth) => {
    const { ours, mcnemar } = pairedAlarms(truth);
    expect(ours).toBeLessThanOrEqual(0.09);
    expect(mcnemar).toBeGreaterThan(3 * 0.09);
  });

  it.runIf(PRINT)('for docs/statistics.md', () => {
    const lines = [2, 5, 10, 35].flatMap((conversations) =>
      [0, 0.05, 0.1, 0.2].map((correlation) => {
        const cells = [0.02, 0.05, 0.15, 0.4].map((ratio) => {
          const { ours, mcnemar } = pairedAlarms({ ratio, correlation, conversations, prompts: 51 });
          return `${(100 * ours).toFixed(1)} (${(100 * mcnemar).toFixed(0)})`;
        });
        return `| ${conversations} | ${correlation} | ${cells.join(' | ')} |`;
      }),
    );
    process.stdout.write(`\n${lines.join('\n')}\n`);
  });
});

function coverage(truth: Truth): { share: number; bootstrap: number } {
  const random = seededRandom(20240529);
  let held = 0;
  let bootstraps = 0;
  for (let seed = 0; seed < CAMPAIGNS; seed++) {
    const interval = successInterval(campaign(truth, random), { seed, resamples: RESAMPLES });
    if (interval === null) continue;
    if (interval.low <= truth.ratio && truth.ratio <= interval.high) held++;
    if (interval.method === 'cluster-bootstrap') bootstraps++;
  }
  return { share: held / CAMPAIGNS, bootstrap: bootstraps / CAMPAIGNS };
}

function falseAlarms(truth: Truth): number {
  const random = seededRandom(20240529);
  let alarms = 0;
  for (let seed = 0; seed < CAMPAIGNS; seed++) {
    const [one, other] = [campaign(truth, random), campaign(truth, random)];
    const result = clusterBootstrapDifference(one, other, { seed, resamples: RESAMPLES });
    if (result !== null && result.pValue < 0.05) alarms++;
  }
  return alarms / CAMPAIGNS;
}

function pairedAlarms(truth: Truth): { ours: number; mcnemar: number } {
  const random = seededRandom(20240529);
  const alarms = { ours: 0, mcnemar: 0 };
  for (let count = 0; count < CAMPAIGNS; count++) {
    const others = outcomesOf(truth, random);
    const pairs = outcomesOf(truth, random).map((own, conversation) =>
      own.map((first, index) => [first, others[conversation]?.[index] ?? false] as const),
    );
    const result = pairedClusterDifference(pairs);
    if (result === null) continue;
    if (result.pValue < 0.05) alarms.ours++;
    if (result.mcnemarPValue < 0.05) alarms.mcnemar++;
  }
  return { ours: alarms.ours / CAMPAIGNS, mcnemar: alarms.mcnemar / CAMPAIGNS };
}

function campaign(truth: Truth, random: () => number): Cluster[] {
  return outcomesOf(truth, random).map((own) => ({
    numerator: own.filter(Boolean).length,
    denominator: own.length,
  }));
}

/** Conversations whose successes are beta-binomial, by Pólya's urn: each outcome makes its like likelier. */
function outcomesOf(
  { ratio, correlation, conversations, prompts }: Truth,
  random: () => number,
): boolean[][] {
  const weight = correlation === 0 ? Number.MAX_SAFE_INTEGER : (1 - correlation) / correlation;
  return Array.from({ length: conversations }, () => {
    let successes = 0;
    return Array.from({ length: prompts }, (_, drawn) => {
      const success = random() < (ratio * weight + successes) / (weight + drawn);
      if (success) successes++;
      return success;
    });
  });
}
