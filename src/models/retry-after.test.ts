import { expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const now = () => Date.parse('2026-01-01T00:00:00Z');

it.each([
  [{ 'retry-after': '7' }, 7000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:30 GMT' }, 0],
  [{ 'retry-after': 'Thu, 01 Jan 2026 05:00:30 GMT', date: 'Thu, 01 Jan 2026 05:00:00 GMT' }, 30_000],
  [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT', date: 'yesterday' }, 30_000],
  [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '-5' }, undefined],
  [{}, undefined],
])('reads %j', (headers, expected) => {
  expect(retryAfterMs(headers, now)).toBe(expected);
});
