import { expect, test } from 'vitest';
import { didYouMean, nearest } from './nearest.ts';

const known = ['temperature', 'topK', 'topP', 'baseURL', 'maxOutputTokens'];

test.each([
  ['temprature', 'temperature'],
  ['TEMPERATURE', 'temperature'],
  ['base_url', 'baseURL'],
  ['max-output-tokens', 'maxOutputTokens'],
  ['temp', 'temperature'],
  ['zebra', undefined],
  ['', undefined],
])('%s → %s', (given, expected) => expect(nearest(given, known)).toBe(expected));

test('where nothing is near, all names; of many, the first', () => {
  expect(didYouMean('zebra', ['a-name', 'b-name'])).toBe('expected one of: a-name, b-name');
  expect(
    didYouMean(
      'zebra',
      Array.from({ length: 20 }, (_, i) => `name-${i}`),
    ),
  ).toMatch(/name-15, …$/);
});
