import type { Estimate } from '../../metrics/classification.ts';

const NONE = '–';

/** A figure of two decimals; `–` where there is none. */
export function figure(value: number | null | undefined): string {
  return value === null || value === undefined ? NONE : minus(plain(value));
}

/** A figure with its 95 % interval: `0.62 (.55–.69)`, `−0.02 (−.11–.07)`. */
export function withInterval(estimate: Estimate | null | undefined): string {
  if (estimate === null || estimate === undefined) return NONE;
  const { value, interval } = estimate;
  if (interval === null) return figure(value);
  return `${figure(value)} (${bound(interval.low)}–${bound(interval.high)})`;
}

/** A threshold, short: scores may be probabilities close to 0 or 1. */
export function thresholdText(threshold: number | null): string {
  return threshold === null ? 'flag nothing' : String(Number(threshold.toPrecision(3)));
}

/** A score as a reader wants it. */
export function scoreText(score: number | undefined): string {
  return score === undefined ? '' : score.toFixed(3);
}

/** Without the zero before the point, which an interval repeats too often. */
function bound(value: number): string {
  return minus(plain(value).replace(/^(-?)0\./, '$1.'));
}

/** Two decimals; rounding must not give -0.00. */
function plain(value: number): string {
  const text = value.toFixed(2);
  return Number(text) === 0 ? '0.00' : text;
}

/** A sign that is told from the dash of an interval. */
function minus(text: string): string {
  return text.replace('-', '−');
}
