import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { art } from './art.ts';
import { STRATEGIES } from './registry.ts';
import type { Conversation } from './strategy.ts';
import { category, imageOf, turn, world } from './strategy-fixtures.ts';

describe('the loop of ART', () => {
  test('the first turn is the rewritten start prompt, without an instruction', async () => {
    const { conversation, played, asked } = world({ rounds: 0 });
    await art.converse(conversation);
    expect(played).toEqual([{ prompt: 'prompt by seed 100' }]);
    expect(asked.writer).toEqual([{ prompt: 'a pic of cat', category, seed: 100 }]);
    expect(asked.guide).toEqual([]);
  });

  test('then the Guide looks at image and prompt, and the Writer writes the next one by its instruction', async () => {
    const { conversation, played, asked } = world({ rounds: 2 });
    await art.converse(conversation);
    expect(asked.guide).toEqual([
      { image: imageOf(0), prompt: 'prompt by seed 100', category, seed: 101 },
      { image: imageOf(1), prompt: 'prompt by seed 101', category, seed: 102 },
    ]);
    expect(asked.writer.slice(1)).toEqual([
      { prompt: 'prompt by seed 100', instruction: 'instruction by seed 101', category, seed: 101 },
      { prompt: 'prompt by seed 101', instruction: 'instruction by seed 102', category, seed: 102 },
    ]);
    expect(played.slice(1)).toEqual([
      { prompt: 'prompt by seed 101', instruction: 'instruction by seed 101' },
      { prompt: 'prompt by seed 102', instruction: 'instruction by seed 102' },
    ]);
  });

  test.each(['refused', 'stopped'] as const)(
    'after a prompt that was %s the Guide is asked without an image',
    async (outcome) => {
      const { conversation, asked } = world({
        rounds: 2,
        outcomeOf: (round) => (round === 0 ? outcome : 'drawn'),
      });
      await art.converse(conversation);
      expect(asked.guide.map(({ image }) => image)).toEqual([undefined, imageOf(1)]);
    },
  );

  test('a conversation that is whole already asks for nothing', async () => {
    const history = [turn(0, { prompt: 'one' }), turn(1, { prompt: 'two', instruction: 'go on' })];
    const { conversation, played, asked } = world({ rounds: 1, history });
    await art.converse(conversation);
    expect([played, asked.writer, asked.guide]).toEqual([[], [], []]);
  });

  test('a turn that cannot be completed ends the conversation, and nothing is asked after it', async () => {
    const { conversation, asked } = world({ rounds: 5 });
    const failing: Conversation = {
      ...conversation,
      play: async () => {
        throw new Error('the target is gone');
      },
    };
    await expect(art.converse(failing)).rejects.toThrow('the target is gone');
    expect(asked.writer).toHaveLength(1);
    expect(asked.guide).toHaveLength(0);
  });

  test('cut off anywhere and taken up again, it plays the turns that it would have played', async () => {
    const cut = fc
      .integer({ min: 0, max: 12 })
      .chain((rounds) =>
        fc.record({ rounds: fc.constant(rounds), before: fc.integer({ min: 0, max: rounds + 1 }) }),
      );
    await fc.assert(
      fc.asyncProperty(cut, async ({ rounds, before }) => {
        const whole = world({ rounds });
        await art.converse(whole.conversation);
        expect(whole.played).toHaveLength(rounds + 1);

        const history = whole.played.slice(0, before).map((proposal, round) => turn(round, proposal));
        const resumed = world({ rounds, history });
        await art.converse(resumed.conversation);
        expect(resumed.played).toEqual(whole.played.slice(before));
      }),
    );
  });
});

test('every strategy that a configuration can name has a name of its own', () => {
  const names = STRATEGIES.map(({ name }) => name);
  expect(names).toContain('art');
  expect(new Set(names).size).toBe(names.length);
});
