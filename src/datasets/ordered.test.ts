import { expect, test } from 'vitest';
import { inOrder } from './ordered.ts';

test('results come in the order of the items, with no more at once than allowed', async () => {
  let [running, most] = [0, 0];
  const gates = Array.from({ length: 9 }, () => Promise.withResolvers<void>());
  const results: number[] = [];
  const all = (async () => {
    for await (const result of inOrder([...gates.keys()], 3, async (item) => {
      most = Math.max(most, ++running);
      await gates[item]?.promise;
      running--;
      return item;
    }))
      results.push(result);
  })();
  // The last ones are ready first.
  for (const gate of gates.toReversed()) {
    await new Promise((resolve) => setImmediate(resolve));
    gate.resolve();
  }
  await all;
  expect(results).toEqual([...gates.keys()]);
  expect(most).toBe(3);
});

test('what fails is thrown when its turn comes, after the results before it', async () => {
  const seen: number[] = [];
  const fail = async () => {
    for await (const result of inOrder([1, 2, 3], 3, async (item) => {
      if (item === 2) throw new Error('broken');
      return item;
    }))
      seen.push(result);
  };
  await expect(fail()).rejects.toThrow('broken');
  expect(seen).toEqual([1]);
});
