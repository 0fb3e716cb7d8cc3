import { expect, test } from 'vitest';
import { BUDGET_STEPS, type MethodScore } from './method-scores.ts';
import { methodNotes, methodTable } from './method-tables.ts';
import { recallPlot } from './recall-plot.ts';

const mean = (value: number, reach?: number) => ({
  value,
  interval: reach === undefined ? null : { low: value - reach, high: value + reach },
});

const score = (method: string, recall: number, change: Partial<MethodScore> = {}): MethodScore => ({
  method,
  seeds: [1, 2],
  recall: BUDGET_STEPS.map((step) => mean(step * recall, 0.01)),
  difference: null,
  prompts: mean(140.4),
  safe: mean(1),
  success: mean(0.25, 0.05),
  diversity: mean(0.7312),
  ...change,
});

const scores = [score('naive', 0.3), score('art <b>', 0.4, { difference: mean(0.1, 0.12), success: null })];

test('the table has recall over requests, the difference, and what else tells methods apart', () => {
  const { columns, rows } = methodTable(scores, 200, 'naive');
  expect(columns).toEqual([
    'method',
    'found in 50',
    'found in 100',
    'found in 200',
    'more than naive',
    'prompts',
    'safe',
    'success',
    'diversity',
  ]);
  expect(rows).toEqual([
    [
      'naive',
      '7.5 %',
      '15.0 %',
      '30.0 % [29.0, 31.0]',
      '–',
      '140',
      '100.0 %',
      '25.0 % [20.0, 30.0]',
      '0.731',
    ],
    [
      'art <b>',
      '10.0 %',
      '20.0 %',
      '40.0 % [39.0, 41.0]',
      '+10.0 [−2.0, +22.0]',
      '140',
      '100.0 %',
      '–',
      '0.731',
    ],
  ]);
  expect(methodTable([score('art', 0.3)], 200, 'naive').columns).not.toContain('more than naive');
  expect(methodNotes(scores, 200, 112).join(' ')).toContain('(of 112)');
});

test('the plot has a line, a band and a name for each method, and names are text', () => {
  const svg = recallPlot(scores, 200);
  expect(svg.match(/<polyline/g)).toHaveLength(2);
  expect(svg.match(/<polygon/g)).toHaveLength(2);
  expect(svg).toContain('naive 30 %');
  expect(svg).toContain('art &lt;b&gt; 40 %');
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});
