import { expect, test } from 'vitest';
import { fromHalfFloats, toHalfFloats } from './half-floats.ts';

test('every half comes back as itself', () => {
  const bits = Uint16Array.from({ length: 0x10000 }, (_, index) => index).filter(
    // There are many ways to write a NaN, and one is enough.
    (half) => (half & 0x7c00) !== 0x7c00 || (half & 0x3ff) === 0,
  );
  expect(toHalfFloats(fromHalfFloats(bits))).toEqual(bits);
});

test('numbers are rounded to the nearest half', () => {
  const numbers = Float32Array.from([1, -2, 65504, 65520, 1e-8, 2 ** -24, 0.1, 2049, 2051]);
  expect([...fromHalfFloats(toHalfFloats(numbers))]).toEqual([
    1,
    -2,
    65504,
    Number.POSITIVE_INFINITY,
    0,
    2 ** -24,
    0.0999755859375,
    2048,
    2052,
  ]);
  expect(fromHalfFloats(toHalfFloats(Float32Array.of(Number.NaN)))[0]).toBeNaN();
});
