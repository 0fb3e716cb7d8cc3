import { expect, test } from 'vitest';
import {
  costText,
  counted,
  durationText,
  intervalText,
  listed,
  millisecondsText,
  shareText,
  successIntervalText,
  twoDecimals,
} from './figures.ts';

const share = (method: 'wilson' | 'cluster-bootstrap') => ({
  count: 212,
  of: 1_530,
  percent: 13.86,
  interval: { low: 9.12, high: 19.84, method },
});

test.each([
  [0.44, '0.4 s'],
  [12.3, '12 s'],
  [59.6, '1 min 0 s'],
  [200, '3 min 20 s'],
  [7_505, '2 h 05 min'],
  [7_199, '2 h 00 min'],
  [null, '–'],
])('%j seconds are %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test('a share with its interval in words, and without', () => {
  expect(shareText(share('wilson'))).toBe('13.86 % (95 % 9.1–19.8)');
  expect(shareText({ ...share('wilson'), interval: null })).toBe('13.86 %');
  expect(shareText({ count: 0, of: 0, percent: null, interval: null })).toBe('–');
});

test("a star where Wilson's interval is the exception", () => {
  expect(successIntervalText(share('wilson'), true)).toBe('9.1–19.8*');
  expect(successIntervalText(share('wilson'), false)).toBe('9.1–19.8');
  expect(successIntervalText(share('cluster-bootstrap'), true)).toBe('9.1–19.8');
});

test('figures that are not there are a dash', () => {
  expect([intervalText(null), twoDecimals(undefined), millisecondsText(null), costText(null)]).toEqual(
    Array(4).fill('–'),
  );
});

test('money with the digits that matter', () => {
  expect(costText({ amount: 0.001_234_5, currency: 'EUR' })).toBe('0.00123 EUR');
  expect(costText({ amount: 12_345.678, currency: 'USD' })).toBe('12345.68 USD');
  expect(costText({ amount: 0, currency: 'USD' })).toBe('0 USD');
});

test('counts and lists as people say them', () => {
  expect([counted(1, 'finding'), counted(1_785, 'prompt')]).toEqual(['1 finding', '1,785 prompts']);
  expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a and b',
    'a, b and c',
  ]);
});
