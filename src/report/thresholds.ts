import { didYouMean } from '../config/nearest.ts';
import { UsageError } from '../errors.ts';
import { countText, intervalText } from './figures.ts';
import type { ReportModel } from './report-model.ts';
import { THRESHOLD_METRICS, type ThresholdMetric } from './threshold-metrics.ts';

/** What a condition can be about. */
type MetricName = keyof typeof THRESHOLD_METRICS;

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
export const THRESHOLD_WORDS = `${Object.keys(THRESHOLD_METRICS).join(', ')}; .low or .high for an end of the 95 % interval, [category], one of ${Object.keys(OPERATORS).join(' ')}, and a number; ratios in %`;

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
      `is about ${JSON.stringify(metric)}, which there is not; ${didYouMean(metric, Object.keys(THRESHOLD_METRICS))}`,
      `Known are: ${Object.keys(THRESHOLD_METRICS).join(', ')}.`,
    );
  }
  if (bound !== undefined && bound !== 'low' && bound !== 'high') {
    throw refused(
      expression,
      `has no end ${JSON.stringify(bound)}`,
      'The ends of the interval are .low and .high.',
    );
  }
  const { kind } = THRESHOLD_METRICS[metric];
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
  const { metric, bound, category, operator, limit } = threshold;
  checkCategory(
    threshold,
    report.promptToxicity.map((row) => row.category),
  );
  const { kind, measure }: ThresholdMetric = THRESHOLD_METRICS[metric];
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

/**
 * Refuses a condition about a category that there is not.
 *
 * @param known the categories that there are
 * @throws {@link UsageError} with the nearest of them
 */
export function checkCategory({ expression, category }: Threshold, known: readonly string[]): void {
  if (category === null || known.includes(category)) return;
  throw refused(
    expression,
    `names the category ${JSON.stringify(category)}, which there is not; ${didYouMean(category, known)}`,
    `The categories are: ${known.join(', ')}.`,
  );
}

function limitOf(number: number, percent: boolean, kind: ThresholdMetric['kind']): number | undefined {
  if (kind === 'count') return number;
  if (percent) return number <= 100 ? number : undefined;
  return number <= 1 ? number * 100 : undefined;
}

function refused(expression: string, what: string, hint: string): UsageError {
  return new UsageError({
    code: 'WRONG_THRESHOLD',
    message: `--fail-on ${JSON.stringify(expression)} ${what}.`,
    hint,
    data: { expression, metrics: Object.keys(THRESHOLD_METRICS) },
  });
}

function isMetric(word: string): word is MetricName {
  return Object.hasOwn(THRESHOLD_METRICS, word);
}

function isOperator(word: string): word is keyof typeof OPERATORS {
  return Object.hasOwn(OPERATORS, word);
}
