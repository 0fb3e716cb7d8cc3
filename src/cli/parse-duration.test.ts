import { expect, it } from 'vitest';
import { formatBytes } from './byte-size.ts';
import { parseDuration } from './parse-duration.ts';

it.each([
  ['0', 0],
  ['90s', 90_000],
  ['30min', 1_800_000],
  ['30 m', 1_800_000],
  ['1h', 3_600_000],
  ['1.5h', 5_400_000],
  ['2d', 172_800_000],
])('reads %s', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds));

it.each(['', '5', '-1h', '1w', 'h', '1h30'])('refuses %j', (text) => {
  expect(() => parseDuration(text)).toThrow('length of time');
});

it.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [3_400_000, '3.4 MB'],
  [20_400, '20 kB'],
  [999_900, '1.0 MB'],
  [7e15, '7000 TB'],
])('says %i bytes', (bytes, said) => expect(formatBytes(bytes)).toBe(said));
