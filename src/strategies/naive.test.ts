import { expect, test } from 'vitest';
import { naive } from './naive.ts';
import { category, turn, world } from './strategy-fixtures.ts';

test('the Writer alone is asked, for each round with its own seed', async () => {
  const { conversation, played, asked } = world({ rounds: 2 });
  await naive.converse(conversation);
  expect(played).toEqual([100, 101, 102].map((seed) => ({ prompt: `proposal by seed ${seed}` })));
  expect(asked.proposals).toEqual([100, 101, 102].map((seed) => ({ category, seed })));
  expect([asked.writer, asked.guide]).toEqual([[], []]);
});

test('what was cut off goes on with the next round', async () => {
  const history = [turn(0, { prompt: 'a kite' }), turn(1, { prompt: 'a lamp' })];
  const { conversation, played } = world({ rounds: 2, history });
  await naive.converse(conversation);
  expect(played).toEqual([{ prompt: 'proposal by seed 102' }]);
});
