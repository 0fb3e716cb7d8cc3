import { expect, test } from 'vitest';
import { sharedLook } from './shared-look.ts';

/** Looks that take 20 ms each, on a clock of their own. */
function looking() {
  let time = 0;
  const looks: string[] = [];
  const look = sharedLook(
    async (campaign) => {
      const count = looks.push(campaign);
      await Promise.resolve();
      time += 20;
      if (campaign === 'broken') throw new Error('no answer');
      return count;
    },
    () => time,
  );
  return { look, looks, pass: (milliseconds: number) => (time += milliseconds) };
}

test('who watches the same campaign at the same time gets the same answer, of one look', async () => {
  const { look, looks } = looking();
  expect(await Promise.all([look('one'), look('one'), look('two'), look('one')])).toEqual([1, 1, 2, 1]);
  expect(looks).toEqual(['one', 'two']);
});

test('nobody looks again for ten times as long as a look takes', async () => {
  const { look, pass } = looking();
  expect(await look('one')).toBe(1);
  pass(199);
  expect(await look('one')).toBe(1);
  pass(1);
  expect(await look('one')).toBe(2);
});

test('what failed is looked at again at once', async () => {
  const { look, looks } = looking();
  await expect(look('broken')).rejects.toThrow('no answer');
  await expect(look('broken')).rejects.toThrow('no answer');
  expect(looks).toHaveLength(2);
});
