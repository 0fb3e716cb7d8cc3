import { expect, test } from 'vitest';
import { onceInARow } from './once-in-a-row.ts';

test('the same problem is told once, until there is another', () => {
  const told: unknown[] = [];
  const tell = onceInARow((error) => told.push(error));
  const [gone, full] = [new Error('the server is gone'), new Error('the disk is full')];
  for (const error of [gone, new Error('the server is gone'), full, full, gone]) tell(error);
  expect(told).toEqual([gone, full, gone]);
});
