import { didYouMean } from '../config/nearest.ts';
import { UsageError } from '../errors.ts';
import { counted, countText, intervalText } from './figures.ts';
import type { ReportModel, Share } from './report-model.ts';
import { allImages, allPrompts, ratioOf } from './tables.ts';

/** A ratio, in per cent, with its interval; or a count. */
interface Measured {
  readonly value: number | null;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  /** What it was divided from, for people, e.g. `212 of 1,530 safe prompts`. */
  readonly from: string;
}

interface Metric {
  readonly kind: 'ratio' | 'count';
  readonly measure: (report: ReportModel, category: string | null) => Measured;
}

/** What a condition can be about: a new one is an entry here. */
const METRICS = {
  success: {
    kind: 'ratio',
    measure: (report, category) => {
      const row = imageRowOf(report, category);
      const share = ratioOf(report, category)?.success;
      const value = row?.successPercent ?? null;
      return { value, ...ends(share), from: outOf(row?.unsafePrompts, row?.safePrompts, 'safe prompt') };
    },
  },
  safe: {
    kind: 'ratio',
    measure: (report, category) => {
      const row = promptRowOf(report, category);
      const share = ratioOf(report, category)?.safe;
      const value = row?.safePercent ?? null;
      return { value, ...ends(share), from: outOf(row?.safe, row?.prompts, 'prompt') };
    },
  },
  corrected: {
    kind: 'ratio',
    measure: ({ corrected = [] }, category) => {
      const rows = corrected.filter((row) => row.category === category && row.subject === 'image');
      // Several judges: the one by which it is worst.
      const [worst] = rows.toSorted((a, b) => (b.correctedPercent ?? -1) - (a.correctedPercent ?? -1));
      return {
        value: worst?.correctedPercent ?? null,
        low: worst?.interval?.low,
        high: worst?.interval?.high,
        from: worst === undefined ? 'no measured judge' : `images, by ${worst.judge}`,
      };
    },
  },
  findings: {
    kind: 'count',
    measure: (report, category) => {
      const row = imageRowOf(report, category);
      return {
        value: row?.unsafePrompts ?? null,
        from: `of ${counted(row?.safePrompts ?? 0, 'safe prompt')}`,
      };
    },
  },
  errors: {
    kind: 'count',
    measure: (report, category) => {
      const [prompts, images] = [promptRowOf(report, category), imageRowOf(report, category)];
      const errors = [...Object.values(prompts?.errors ?? {}), ...Object.values(images?.errors ?? {})];
      return {
        value: prompts === undefined ? null : errors.reduce((sum, count) => sum + count, 0),
        from: 'judgements that failed',
      };
    },
  },
  failures: {
    kind: 'count',
    measure: (report, category) => {
      const of = report.failures.filter((row) => category === null || row.category === category).length;
      const row = imageRowOf(report, category);
      return {
        value: row === undefined ? null : of + row.failed,
        from: 'conversations and evaluation images that failed',
      };
    },
  },
} as const satisfies Record<string, Metric>;

/** What a condition can be about. */
type MetricName = keyof typeof METRICS;

/** What comparisons there are; a condition is crossed where it holds. */
const OPERATORS = {
  '>': (value: number, limit: number) => value > limit,
  '>=': (value: number, limit: number) => value >= limit,
  '<': (value: number, limit: number) => value < limit,
  '<=': (value: number, limit: number) => value <= limit,
} as const;

/** A condition that must not hold, e.g. `success.low[violence]>5%`. */
export interface Threshold {
  /** As the user wrote it. */
  readonly expression: string;
  readonly metric: MetricName;
  /** Which end of the 95 % interval; without, the value itself. */
  readonly bound: 'low' | 'high' | null;
  /** `null`: all categories together. */
  readonly category: string | null;
  readonly operator: keyof typeof OPERATORS;
  /** In per cent for a ratio. */
  readonly limit: number;
}

/** A condition and what came of it in one campaign. */
export interface CheckedThreshold {
  readonly threshold: Threshold;
  /** The campaign's id. */
  readonly campaign: string;
  /** `unknown` where there is nothing to compare, e.g. no safe prompt; counts like `crossed`. */
  readonly outcome: 'held' | 'crossed' | 'unknown';
  /** What was compared; in per cent for a ratio. */
  readonly value: number | null;
  /** In a sentence: the value, its interval, what it was made from, and by how much it crossed. */
  readonly explanation: string;
}

/** What a condition may look like, for messages and the help. */
export const THRESHOLD_WORDS = `${Object.keys(METRICS).join(', ')}; .low or .high for an end of the 95 % interval, [category], one of ${Object.keys(OPERATORS).join(' ')}, and a number; ratios in %`;

const EXPRESSION =
  /^\s*([\w-]+)(?:\.([\w-]+))?\s*(?:\[([^\]]*)\])?\s*(>=|<=|>|<)\s*(\d+(?:\.\d+)?)\s*(%?)\s*$/;

/**
 * Reads a condition such as `success>5%`, `success.low[violence]>=0.05` or `findings>3`.
 *
 * @throws {@link UsageError} where it is none, with what there is
 */
export function parseThreshold(expression: string): Threshold {
  const match = EXPRESSION.exec(expression);
  const [, metric = '', bound, category, operator = '', number = '', percent] = match ?? [];
  if (match === null || !isOperator(operator)) {
    throw refused(
      expression,
      'is no condition',
      `Write e.g. success>5% or findings[violence]>=3: ${THRESHOLD_WORDS}.`,
    );
  }
  if (!isMetric(metric)) {
    throw refused(
      expression,
      `is about ${JSON.stringify(metric)}, which there is not; ${didYouMean(metric, Object.keys(METRICS))}`,
      `Known are: ${Object.keys(METRICS).join(', ')}.`,
    );
  }
  if (bound !== undefined && bound !== 'low' && bound !== 'high') {
    throw refused(
      expression,
      `has no end ${JSON.stringify(bound)}`,
      'The ends of the interval are .low and .high.',
    );
  }
  const { kind } = METRICS[metric];
  if (kind === 'count' && (percent === '%' || bound !== undefined)) {
    throw refused(
      expression,
      `is about a number of ${metric}, which has no ${percent === '%' ? 'per cent' : 'interval'}`,
      `Write e.g. ${metric}>3.`,
    );
  }
  const limit = limitOf(Number(number), percent === '%', kind);
  if (limit === undefined) {
    throw refused(
      expression,
      `compares a ratio with ${number}`,
      `Write ${metric}${operator}${number}%, or a share from 0 to 1 without %.`,
    );
  }
  return {
    expression: expression.trim(),
    metric,
    bound: bound ?? null,
    category: category === undefined ? null : category.trim(),
    operator,
    limit,
  };
}

/**
 * Compares a campaign with a condition.
 *
 * @throws {@link UsageError} where the campaign has no such category
 */
export function checkThreshold(threshold: Threshold, report: ReportModel): CheckedThreshold {
  const { metric, bound, category, operator, limit, expression } = threshold;
  const known = report.promptToxicity.map((row) => row.category);
  if (category !== null && !known.includes(category)) {
    throw refused(
      expression,
      `names the category ${JSON.stringify(category)}, which ${report.campaign.name} has not; ${didYouMean(category, known)}`,
      `Its categories are: ${known.join(', ')}.`,
    );
  }
  const { kind, measure }: Metric = METRICS[metric];
  const measured = measure(report, category);
  const value = (bound === null ? measured.value : measured[bound]) ?? null;
  const where = category === null ? '' : ` in ${category}`;
  const of = { threshold, campaign: report.campaign.id, value };
  if (value === null) {
    return {
      ...of,
      outcome: 'unknown',
      explanation: `there is no ${bound === null ? '' : 'interval of '}${metric}${where} to compare (${measured.from})`,
    };
  }
  const unit = kind === 'ratio' ? ' %' : '';
  const digits = (number: number) => (kind === 'ratio' ? number.toFixed(2) : countText(number));
  const { low, high } = measured;
  const interval = low === undefined || high === undefined ? '' : `95 % ${intervalText({ low, high })}; `;
  const shown = measured.value ?? value;
  const crossed = OPERATORS[operator](value, limit);
  const apart = Math.abs(value - limit);
  const by = `${digits(apart)}${kind === 'ratio' ? ' points' : ''} ${value < limit ? 'below' : 'above'}`;
  return {
    ...of,
    outcome: crossed ? 'crossed' : 'held',
    explanation: `${metric}${where}: ${digits(shown)}${unit} (${interval}${measured.from})${
      bound === null ? '' : `, the ${bound === 'low' ? 'lower' : 'upper'} end ${digits(value)}${unit}`
    }; ${apart === 0 ? 'exactly' : by} ${digits(limit)}${unit}`,
  };
}

/**
 * Compares campaigns with conditions; one that names a category is for the campaigns that have it.
 *
 * @throws {@link UsageError} where none of the campaigns has the category
 */
export function checkThresholds(
  thresholds: readonly Threshold[],
  reports: readonly ReportModel[],
): CheckedThreshold[] {
  return thresholds.flatMap((threshold) => {
    const { category } = threshold;
    const concerned = reports.filter(
      ({ promptToxicity }) => category === null || promptToxicity.some((row) => row.category === category),
    );
    return (concerned.length === 0 ? reports.slice(0, 1) : concerned).map((report) =>
      checkThreshold(threshold, report),
    );
  });
}

function limitOf(number: number, percent: boolean, kind: Metric['kind']): number | undefined {
  if (kind === 'count') return number;
  if (percent) return number <= 100 ? number : undefined;
  return number <= 1 ? number * 100 : undefined;
}

function refused(expression: string, what: string, hint: string): UsageError {
  return new UsageError({
    code: 'WRONG_THRESHOLD',
    message: `--fail-on ${JSON.stringify(expression)} ${what}.`,
    hint,
    data: { expression, metrics: Object.keys(METRICS) },
  });
}

function isMetric(word: string): word is MetricName {
  return Object.hasOwn(METRICS, word);
}

function isOperator(word: string): word is keyof typeof OPERATORS {
  return Object.hasOwn(OPERATORS, word);
}

function promptRowOf(report: ReportModel, category: string | null) {
  return category === null
    ? allPrompts(report)
    : report.promptToxicity.find((row) => row.category === category);
}

function imageRowOf(report: ReportModel, category: string | null) {
  return category === null
    ? allImages(report)
    : report.imageToxicity.find((row) => row.category === category);
}

function ends(share: Share | undefined): { low?: number; high?: number } {
  return share?.interval === null || share?.interval === undefined
    ? {}
    : { low: share.interval.low, high: share.interval.high };
}

function outOf(count = 0, of = 0, what: string): string {
  return `${countText(count)} of ${counted(of, what)}`;
}
