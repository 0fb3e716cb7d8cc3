import type { DatasetCheck } from '../../datasets/check/check-dataset.ts';
import { padTo } from '../display-width.ts';
import type { Emphasis } from '../text.ts';
import { binsOf } from './check-html.ts';

const WIDEST_BAR = 30;

/** How a check is set for a terminal. */
export interface CheckStyle {
  readonly emphasise: (emphasis: Emphasis, text: string) => string;
  /** Makes text of the data harmless. */
  readonly clean: (text: string) => string;
}

/** A check as lines for a terminal. */
export function checkText(check: DatasetCheck, { emphasise, clean }: CheckStyle): string[] {
  const lines = check.files.map(
    ({ file, rows, layouts }) => `${clean(file)}: ${rows} rows (${layouts.join(', ') || 'no known layout'})`,
  );
  lines.push(
    '',
    emphasise('title', 'Categories'),
    ...bars(check.categories.map(({ category, rows }) => ({ label: clean(category), count: rows }))),
  );
  for (const lengths of check.lengths) {
    const { what, minimum, median, percentile95, maximum } = lengths;
    const range = `${minimum} to ${maximum}, median ${median}, 95 % within ${Math.round(percentile95)}`;
    lines.push('', emphasise('title', `Words of ${what}: ${range}`), ...bars(binsOf(lengths)));
  }
  lines.push('', emphasise('title', 'Problems'));
  for (const { level, what, count, places } of check.problems) {
    lines.push(`${emphasise(level === 'error' ? 'bad' : 'note', level)} ${count} ${clean(what)}`);
    for (const place of places) lines.push(`  ${clean(place).slice(0, 200)}`);
  }
  if (check.problems.length === 0) lines.push(emphasise('good', 'none'));
  return lines;
}

function bars(rows: readonly { readonly label: string; readonly count: number }[]): string[] {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const widest = Math.max(0, ...rows.map(({ label }) => label.length));
  return rows.map(({ label, count }) => {
    const bar = '█'.repeat(Math.max(count > 0 ? 1 : 0, Math.round((WIDEST_BAR * count) / most)));
    return `  ${padTo(label, widest)}  ${padTo(String(count), 6, 'left')}  ${bar}`;
  });
}
