import { expect, test } from 'vitest';
import { purgedLines } from './purged-lines.ts';

const CAMPAIGN = { name: 'nightly', id: 'c1' };

test('a campaign goes with its pictures, but for those of others', () => {
  expect(purgedLines(CAMPAIGN, { pictures: 3, bytes: 2_000, shared: 0 }, {})).toEqual([
    'Removed the campaign nightly (c1) with 3 pictures (2.0 kB).',
  ]);
  expect(purgedLines(CAMPAIGN, { pictures: 3, bytes: 2_000, shared: 1 }, {})).toEqual([
    'Removed the campaign nightly (c1) with 3 pictures (2.0 kB).',
    '1 picture stays: other campaigns keep them.',
  ]);
});

test('pictures alone go, and what stays is said to be kept by others alone', () => {
  const only = { pictures: true };
  expect(purgedLines(CAMPAIGN, { pictures: 1, bytes: 500, shared: 0 }, only)).toEqual([
    'Removed 1 picture (500 bytes) of nightly (c1); its prompts, seeds, hashes and scores stay.',
  ]);
  expect(purgedLines(CAMPAIGN, { pictures: 0, bytes: 0, shared: 72 }, only)).toEqual([
    'No picture had to be removed: nightly (c1) keeps none any more; its prompts, seeds, hashes and scores stay.',
    '72 pictures stay: this campaign no longer keeps them, other campaigns do.',
  ]);
});
