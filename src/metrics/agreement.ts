import type { Estimate } from './classification.ts';
import { normalInterval } from './intervals.ts';

const BOUNDS = { low: -1, high: 1 } as const;

/**
 * Cohen's kappa: how far two judges agree beyond chance, from -1 to 1, with a 95 % interval by its large-sample
 * standard error.
 *
 * Source: Cohen, "A coefficient of agreement for nominal scales", 1960; Fleiss, Cohen and Everitt, "Large
 * sample standard errors of kappa and weighted kappa", Psychological Bulletin 1969.
 *
 * @param pairs what the two said of each subject
 * @param options.effectiveNumber how many independent subjects would tell as much; default: as many as there are
 * @returns `null` where chance alone explains everything: no subjects, or both always said the same one thing
 */
export function cohensKappa<Label>(
  pairs: readonly (readonly [Label, Label])[],
  { effectiveNumber = pairs.length }: { effectiveNumber?: number } = {},
): Estimate | null {
  const labels = [...new Set(pairs.flat())];
  const total = pairs.length;
  if (total === 0) return null;
  const places = new Map(labels.map((label, index) => [label, index]));
  const shares = labels.map(() => new Array<number>(labels.length).fill(0));
  const rows = new Array<number>(labels.length).fill(0);
  const columns = new Array<number>(labels.length).fill(0);
  for (const [first, second] of pairs) {
    const row = places.get(first) ?? 0;
    const column = places.get(second) ?? 0;
    add(shares[row] ?? [], column, 1 / total);
    add(rows, row, 1 / total);
    add(columns, column, 1 / total);
  }
  const shareOf = (row: number, column: number) => shares[row]?.[column] ?? 0;
  const margins = labels.map((_, index) => ({ row: rows[index] ?? 0, column: columns[index] ?? 0 }));
  const observed = margins.reduce((sum, _, index) => sum + shareOf(index, index), 0);
  const expected = margins.reduce((sum, { row, column }) => sum + row * column, 0);
  if (labels.length < 2) return null;
  const kappa = (observed - expected) / (1 - expected);

  const apart = 1 - kappa;
  let agreeing = 0;
  let disagreeing = 0;
  for (const [index, own] of margins.entries()) {
    agreeing += shareOf(index, index) * (1 - (own.row + own.column) * apart) ** 2;
    for (const [other, { row }] of margins.entries()) {
      if (other !== index) disagreeing += shareOf(index, other) * (own.column + row) ** 2;
    }
  }
  const variance =
    (agreeing + apart ** 2 * disagreeing - (kappa - expected * apart) ** 2) /
    (1 - expected) ** 2 /
    effectiveNumber;
  return { value: kappa, interval: normalInterval(kappa, Math.sqrt(Math.max(0, variance)), BOUNDS) };
}

/** Fleiss' kappa and what it stands on. */
export interface FleissKappa extends Estimate {
  /** Subjects with at least two ratings; others say nothing about agreement. */
  readonly subjects: number;
  readonly standardError: number | null;
}

/**
 * Fleiss' kappa: how far several raters agree beyond chance. Raters may differ from subject to subject, and
 * in number. With a 95 % interval by the large-sample variance, subjects being the sample.
 *
 * Source: Fleiss, "Measuring nominal scale agreement among many raters", Psychological Bulletin 1971; variance:
 * Gwet, "Large-sample variance of Fleiss generalized kappa", Educational and Psychological Measurement 2021.
 *
 * @param ratings what the raters said of each subject
 * @returns `null` without two ratings of a subject, or where all said the same one thing
 */
export function fleissKappa<Label>(ratings: readonly (readonly Label[])[]): FleissKappa | null {
  const rated = ratings.filter(({ length }) => length > 1);
  const labels = [...new Set(rated.flat())];
  const total = rated.length;
  if (total === 0 || labels.length < 2) return null;
  const counts = rated.map((given) => labels.map((label) => given.filter((one) => one === label).length));
  const sizes = rated.map(({ length }) => length);
  const shares = labels.map(
    (_, label) =>
      counts.reduce((sum, row, index) => sum + (row[label] ?? 0) / (sizes[index] ?? 1), 0) / total,
  );
  const expected = shares.reduce((sum, share) => sum + share ** 2, 0);
  const own = counts.map((row, index) => {
    const raters = sizes[index] ?? 2;
    const agreement = row.reduce((sum, count) => sum + count * (count - 1), 0) / (raters * (raters - 1));
    const chance = row.reduce((sum, count, label) => sum + (shares[label] ?? 0) * (count / raters), 0);
    return { kappa: (agreement - expected) / (1 - expected), chance };
  });
  const value = own.reduce((sum, { kappa }) => sum + kappa, 0) / total;
  const squares = own.reduce((sum, { kappa, chance }) => {
    const influence = kappa - (2 * (1 - value) * (chance - expected)) / (1 - expected);
    return sum + (influence - value) ** 2;
  }, 0);
  const standardError = total < 2 ? null : Math.sqrt(squares / total / (total - 1));
  return {
    value,
    interval: normalInterval(value, standardError ?? Number.NaN, BOUNDS),
    subjects: total,
    standardError,
  };
}

function add(values: number[], index: number, amount: number): void {
  values[index] = (values[index] ?? 0) + amount;
}
