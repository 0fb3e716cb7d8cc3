import { NONE } from '../../../src/report/figures.ts';

const oneDecimal = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A percentage for sentences and charts, where two decimals would only be noise: `13.9 %`. */
export function formatPercent(percent: number | null): string {
  return percent === null ? NONE : `${oneDecimal.format(percent)} %`;
}
