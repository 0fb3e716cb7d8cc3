import { expect, test } from 'vitest';
import { columnsOf } from './columns.ts';

test.each([
  [{ isTTY: true, columns: 100 }, 100],
  [{ isTTY: true, columns: 0 }, undefined],
  [{ isTTY: true }, undefined],
  [{ columns: 100 }, undefined],
])('%j is %s columns wide', (stream, columns) => {
  expect(columnsOf(stream)).toBe(columns);
});
