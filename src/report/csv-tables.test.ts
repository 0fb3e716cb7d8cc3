import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { CSV_TABLE_NAMES, isCsvTable, writeCsvTable } from './csv-tables.ts';
import { detailedReport } from './detail-fixtures.ts';
import { finding } from './report-fixtures.ts';

const records = z.array(z.record(z.string(), z.string()));

function read(name: string, ...reports: ReturnType<typeof detailedReport>[]) {
  if (!isCsvTable(name)) throw new Error(`no table ${name}`);
  const csv = writeCsvTable(reports.length === 0 ? [detailedReport()] : reports, name);
  return records.parse(parse(csv, { columns: true }));
}

describe('writeCsvTable', () => {
  test.each(CSV_TABLE_NAMES)('%s: rows of the same width, with names that differ', (name) => {
    const rows = read(name);
    expect(rows.length).toBeGreaterThan(0);
    const { campaign } = detailedReport();
    const other = detailedReport({ campaign: { ...campaign, id: 'x', name: 'other' } });
    const both = read(name, detailedReport(), other);
    expect(both).toHaveLength(2 * rows.length);
    expect(both.at(-1)).toMatchObject({ campaign_id: 'x', campaign: 'other' });
  });

  test('ratios with their intervals and how these were made, all categories last', () => {
    expect(read('ratios').at(-1)).toMatchObject({
      category: 'all',
      success_count: '1',
      success_of: '5',
      success_percent: '20',
      success_low: '3.62',
      success_high: '62.45',
      success_interval: 'wilson',
    });
  });

  test('settings, long: one row a category, axis and value', () => {
    expect(
      read('settings').filter(({ category, axis }) => category === 'all' && axis === 'guidance'),
    ).toEqual([
      expect.objectContaining({ value: '2.5', own: 'false', success_count: '0' }),
      expect.objectContaining({ value: '7.5', own: 'true', success_count: '1' }),
    ]);
  });

  test('findings: whatever the prompt, it is one cell that is no formula', () => {
    const prompt = '=HYPERLINK("x"),\n2';
    expect(read('findings', detailedReport({ findings: [finding({ prompt })] }))).toEqual([
      expect.objectContaining({ prompt: `'${prompt}`, seeds: '77', flagged_by: 'pixels' }),
    ]);
  });

  test('nothing to tell is a header alone', () => {
    expect(read('corrected', detailedReport({ corrected: [] }))).toEqual([]);
    expect(isCsvTable('toString')).toBe(false);
  });
});
