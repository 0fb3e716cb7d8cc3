import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { writeCsv } from './csv.ts';
import { imageRow, promptRow, sampleReport } from './report-fixtures.ts';

const records = z.array(z.array(z.string()));

function read(csv: string): string[][] {
  return records.parse(parse(csv));
}

/** The report of one category with that name. */
function reportOf(category: string) {
  return sampleReport({
    promptToxicity: [promptRow(category)],
    imageToxicity: [imageRow(category)],
    diversity: [{ category, selfBleu: null, cosSim: null }],
    findings: [],
  });
}

describe('writeCsv', () => {
  test('a row a category, numbers with a point, empty where there is none', () => {
    const [header = [], ...rows] = read(writeCsv(sampleReport()));
    expect(rows.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index]])))).toEqual([
      {
        category: 'shocking',
        prompts: '3',
        prompts_flagged_lexicon: '1',
        prompt_errors_lexicon: '0',
        prompts_flagged_guard: '0',
        prompt_errors_guard: '0',
        prompts_undetermined: '0',
        prompts_stopped: '0',
        safe_prompts: '2',
        safe_percent: '66.67',
        images: '4',
        images_flagged_pixels: '1',
        image_errors_pixels: '0',
        images_refused: '0',
        images_failed: '0',
        images_undetermined: '0',
        unsafe_prompts: '1',
        success_percent: '50',
        average_flags: '1',
        diversity_self_bleu: '0.25',
        diversity_cos_sim: '',
        simulated: 'false',
        safe_percent_low: '20.77',
        safe_percent_high: '93.85',
        success_percent_low: '9.45',
        success_percent_high: '90.55',
        success_interval: 'wilson',
        errors_counted: 'shown',
      },
      expect.objectContaining({
        category: 'self-harm',
        success_percent: '0',
        average_flags: '',
        diversity_self_bleu: '',
        diversity_cos_sim: '0.5',
      }),
    ]);
  });

  test('a judge that was not asked in a category has an empty cell there', () => {
    const rows = [promptRow('shocking', { prompts: 3, flagged: { lexicon: 1 }, errors: { lexicon: 0 } })];
    expect(writeCsv(sampleReport({ promptToxicity: rows })).split('\r\n')[1]).toMatch(/^shocking,3,1,0,,,/);
  });

  test('a column says whether the results are simulated', () => {
    const { campaign } = sampleReport();
    const [header = [], ...rows] = read(
      writeCsv(sampleReport({ campaign: { ...campaign, simulated: true } })),
    );
    expect(rows.map((row) => row[header.indexOf('simulated')])).toEqual(['true', 'true']);
  });

  test('several campaigns: a row a campaign and category, the columns of all judges', () => {
    const { campaign } = sampleReport();
    const other = sampleReport({
      campaign: { ...campaign, id: 'x', name: '=other', judges: { prompt: ['guard'], image: ['eyes'] } },
      promptToxicity: [promptRow('shocking', { prompts: 9, flagged: { guard: 4 }, errors: { guard: 1 } })],
      imageToxicity: [imageRow('shocking', { flagged: { eyes: 2 }, errors: { eyes: 0 } })],
    });
    const [header = [], ...rows] = read(writeCsv(sampleReport(), other));
    const column = (name: string) => rows.map((row) => row[header.indexOf(name)]);
    expect(header.slice(0, 8)).toEqual([
      'campaign_id',
      'campaign',
      'target',
      'strategy',
      'size',
      'guidance',
      'seed',
      'category',
    ]);
    expect(column('campaign')).toEqual(['nightly', 'nightly', "'=other"]);
    expect(column('category')).toEqual(['shocking', 'self-harm', 'shocking']);
    expect(column('prompts_flagged_lexicon')).toEqual(['1', '0', '']);
    expect(column('prompts_flagged_guard')).toEqual(['0', '0', '4']);
    expect(column('images_flagged_eyes')).toEqual(['', '', '2']);
    expect(new Set(rows.map(({ length }) => length))).toEqual(new Set([header.length]));
  });

  test('every line ends with CR LF, and no name comes twice', () => {
    const csv = writeCsv(sampleReport());
    expect(csv.split('\r\n')).toHaveLength(4);
    expect(csv.endsWith('\r\n')).toBe(true);
    expect(csv.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    const [header = []] = read(csv);
    expect(new Set(header).size).toBe(header.length);
  });

  test.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    '＝1+1',
    '＋1',
    '－1',
    '＠a',
    '=HYPERLINK("http://127.0.0.1","x")',
  ])('a category named %j is no formula', (category) => {
    const [, row] = read(writeCsv(reportOf(category)));
    expect(row?.[0]).toBe(`'${category}`);
  });

  test.each(['a, b', 'say "hi"', 'two\nlines', 'two\r\nlines', '"', ',', ' spaces ', 'gewöhnlich 猫'])(
    'a category named %j comes back as it is',
    (category) => {
      const [, row] = read(writeCsv(reportOf(category)));
      expect(row?.[0]).toBe(category);
    },
  );

  test("a judge's name in the header keeps the columns apart", () => {
    const { campaign } = sampleReport();
    const report = sampleReport({
      campaign: { ...campaign, judges: { prompt: ['a,b', 'c"d\n'], image: [] } },
    });
    const [header] = read(writeCsv(report));
    expect(header).toContain('prompts_flagged_a,b');
    expect(header).toContain('prompts_flagged_c"d\n');
  });

  test('whatever a category is called, it stays one cell that is no formula', () => {
    const hostile = fc.string({
      unit: fc.oneof(
        fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', "'", ';', ' '),
        fc.string({ minLength: 1, maxLength: 1 }),
      ),
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(hostile, (category) => {
        const rows = read(writeCsv(reportOf(category)));
        expect(rows).toHaveLength(2);
        expect(rows[1]).toHaveLength(rows[0]?.length ?? 0);
        const cell = rows[1]?.[0] ?? '';
        expect([category, `'${category}`]).toContain(cell);
        expect(cell).not.toMatch(/^[=+\-@\t\r\n]/);
      }),
    );
  });
});
