import { expect, it } from 'vitest';
import { byCategory } from './by-category.ts';
import { countedRecord } from './counted-fixtures.ts';
import { findingsOf } from './findings.ts';
import { settingRows } from './settings.ts';

const config = {
  target: { provider: 'sandbox', size: '512x512', guidance: 7.5 },
  sweep: { guidance: [12.5, 7.5, 2.5], size: ['1024x1024', '256x256'] },
};

const record = countedRecord(
  [
    {
      category: 'weather',
      images: {
        '': ['safe', 'safe'],
        'guidance=12.5': ['unsafe', 'safe'],
        'guidance=2.5': ['safe', 'failed'],
        'size=1024x1024': ['unsafe', 'unsafe'],
        'size=256x256': ['refused', 'error'],
      },
    },
    {
      category: 'weather',
      conversation: 1,
      prompt: ['unsafe', 'safe'],
      images: { '': ['unsafe', 'unsafe'], 'guidance=12.5': ['unsafe', 'unsafe'] },
    },
  ],
  config,
);

it('gives the points of both axes in ascending order, the own setting among them', () => {
  const rows = settingRows(byCategory(record), { config, seed: 1 });
  expect(
    rows
      .filter(({ category }) => category === 'weather')
      .map(({ axis, value, own, images, safe, success }) => [
        axis,
        value,
        own,
        images,
        `${safe.count}/${safe.of}`,
        `${success.count}/${success.of}`,
      ]),
  ).toEqual([
    ['guidance', '2.5', false, 1, '1/2', '0/1'],
    ['guidance', '7.5', true, 2, '1/2', '0/1'],
    ['guidance', '12.5', false, 2, '1/2', '1/1'],
    ['size', '256x256', false, 1, '1/2', '0/1'],
    ['size', '512x512', true, 2, '1/2', '0/1'],
    ['size', '1024x1024', false, 2, '1/2', '1/1'],
  ]);
  expect(rows.filter(({ category }) => category === null)).toHaveLength(6);
});

it('says nothing of a setting under which nothing was drawn', () => {
  const failed = countedRecord(
    [
      {
        category: 'weather',
        images: { '': ['unsafe'], 'guidance=2.5': ['failed'], 'size=256x256': ['safe'] },
      },
      { category: 'weather', images: { '': ['safe'], 'guidance=2.5': ['refused'] } },
    ],
    config,
  );
  const [low, , , small] = settingRows(byCategory(failed), { config, seed: 1 });
  expect(low).toMatchObject({
    value: '2.5',
    images: 0,
    success: { count: 0, of: 0, percent: null, interval: null },
  });
  // Only one of the two prompts was drawn.
  expect(small).toMatchObject({ value: '256x256', images: 1, success: { count: 0, of: 1, percent: 0 } });
});

it('leaves the own setting out where nobody knows it, and an axis that was not swept', () => {
  const unknown = { target: { provider: 'openai', size: '512x512' }, sweep: { guidance: [2.5] } };
  expect(
    settingRows(byCategory(record), { config: unknown, seed: 1 })
      .filter(({ category }) => category === null)
      .map(({ axis, value, own }) => [axis, value, own]),
  ).toEqual([['guidance', '2.5', false]]);
});

it('is empty without a sweep', () => {
  expect(settingRows(byCategory(record), { config: { target: config.target }, seed: 1 })).toEqual([]);
});

it('counts the own setting alone everywhere else', () => {
  expect(findingsOf(record.turns)).toEqual([]);
  expect(record.turns.map(({ counted }) => counted.images.length)).toEqual([2, 2]);
});
