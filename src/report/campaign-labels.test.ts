import { expect, test } from 'vitest';
import { campaignLabels } from './campaign-labels.ts';
import { sampleReport } from './report-fixtures.ts';

function campaign(change: {
  id?: string;
  name?: string;
  strategy?: string;
  target?: Record<string, unknown>;
}) {
  return sampleReport({ campaign: { ...sampleReport().campaign, ...change } });
}

test('names, where these tell them apart', () => {
  expect(campaignLabels([campaign({ name: 'a' }), campaign({ name: 'b' })])).toEqual(['a', 'b']);
});

test('with one name for all, what else does: target, strategy, size, guidance', () => {
  const target = { provider: 'p', model: 'm', size: '512x512', guidance: 7.5 };
  expect(campaignLabels([campaign({ target }), campaign({ target: { ...target, guidance: 2.5 } })])).toEqual([
    'guidance 7.5',
    'guidance 2.5',
  ]);
  expect(
    campaignLabels([
      campaign({ target }),
      campaign({ target: { ...target, model: 'n' } }),
      campaign({ target, strategy: 'naive' }),
    ]),
  ).toEqual(['p · m, art', 'p · n, art', 'p · m, naive']);
});

test('a name beside it, where only some have the same', () => {
  const target = { provider: 'p', size: '256x256' };
  expect(
    campaignLabels([
      campaign({ name: 'a', target }),
      campaign({ name: 'b', target }),
      campaign({ name: 'b', target: { ...target, size: '512x512' } }),
    ]),
  ).toEqual(['a, 256x256', 'b, 256x256', 'b, 512x512']);
});

test('the id, where nothing else does', () => {
  expect(campaignLabels([campaign({ id: '1' }), campaign({ id: '2' })])).toEqual([
    'nightly (1)',
    'nightly (2)',
  ]);
});
