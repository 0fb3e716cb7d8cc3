import { expect, test } from 'vitest';
import { recordedSettings } from './recorded-sweep.ts';

const own = { name: null };

test('the own setting comes first, and what equals it is not drawn twice', () => {
  const sweep = { guidance: [2.5, 7.5, 2.5], size: ['256x256', '512x512'] };
  expect(recordedSettings({ target: { provider: 'sandbox', guidance: 7.5 }, sweep })).toEqual([
    own,
    { name: 'guidance=2.5', guidance: 2.5 },
    { name: 'size=256x256', size: '256x256' },
  ]);
});

test('a campaign without a sweep, an imported or an older one has one setting', () => {
  expect(recordedSettings({ target: { provider: 'sandbox', size: '64x64' } })).toEqual([own]);
  expect(recordedSettings({})).toEqual([own]);
  expect(recordedSettings({ target: {}, sweep: 'strange' })).toEqual([own]);
});
