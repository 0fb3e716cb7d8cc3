import { expect, test } from 'vitest';
import { resumeLine } from './resume-line.ts';

const budget = { requests: 1_500, hours: 8 };
const spent = 'Its budget of 1,500 requests is spent.';

test.each([
  ['one that was interrupted just goes on', { config: { budget }, ending: null }, 'art resume c1'],
  ['so does one that was paused', { config: { budget }, ending: 'It was paused.' }, 'art resume c1'],
  ['one without a budget knows of none', { config: {}, ending: spent }, 'art resume c1'],
  [
    'one that has spent its budget wants a larger one, and keeps its other limits',
    { config: { budget }, ending: spent },
    'art resume c1 --budget requests=3000,hours=8',
  ],
])('%s', (_, campaign, line) => {
  expect(resumeLine({ id: 'c1', ...campaign }, { dataDir: 'art-data' })).toBe(line);
});
