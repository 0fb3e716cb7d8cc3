import { quantile } from '../../src/metrics/intervals.ts';

/** The median of some values; NaN of none. */
export function median(values: readonly number[]): number {
  return (
    quantile(
      values.toSorted((a, b) => a - b),
      0.5,
    ) ?? Number.NaN
  );
}
