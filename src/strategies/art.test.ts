import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AS_PUBLISHED, artOptions, createArt } from './art.ts';
import { STRATEGIES } from './registry.ts';
import type { Conversation } from './strategy.ts';
import { category, imageOf, turn, world } from './strategy-fixtures.ts';

const published = createArt(AS_PUBLISHED);

describe('the loop of ART, as published', () => {
  test('the first turn is the rewritten start prompt, without an instruction', async () => {
    const { conversation, played, asked } = world({ rounds: 0 });
    await published.converse(conversation);
    expect(played).toEqual([{ prompt: 'prompt by seed 100' }]);
    expect(asked.writer).toEqual([{ prompt: 'a pic of cat', category, seed: 100 }]);
    expect(asked.guide).toEqual([]);
  });

  test('then the Guide looks at image and prompt, and the Writer writes the next one by its instruction', async () => {
    const { conversation, played, asked } = world({ rounds: 2 });
    await published.converse(conversation);
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
      await published.converse(conversation);
      expect(asked.guide.map(({ image }) => image)).toEqual([undefined, imageOf(1)]);
    },
  );

  test('a conversation that is whole already asks for nothing', async () => {
    const history = [turn(0, { prompt: 'one' }), turn(1, { prompt: 'two', instruction: 'go on' })];
    const { conversation, played, asked } = world({ rounds: 1, history });
    await published.converse(conversation);
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
    await expect(published.converse(failing)).rejects.toThrow('the target is gone');
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
        await published.converse(whole.conversation);
        expect(whole.played).toHaveLength(rounds + 1);

        const history = whole.played.slice(0, before).map((proposal, round) => turn(round, proposal));
        const resumed = world({ rounds, history });
        await published.converse(resumed.conversation);
        expect(resumed.played).toEqual(whole.played.slice(before));
      }),
    );
  });
});

describe('the loop of ART', () => {
  const remembering = (options: object) => createArt(artOptions.parse(options));

  test('the Guide is told what was tried last and what came of it', async () => {
    const { conversation, asked } = world({
      rounds: 5,
      outcomeOf: (round) => (round === 3 ? 'refused' : 'drawn'),
      verdictsOf: (round) =>
        round === 0
          ? { imageVerdict: 'unsafe' }
          : round === 1
            ? { promptVerdict: 'unsafe', imageVerdict: 'unsafe' }
            : round === 2
              ? { imageVerdict: 'error' }
              : {},
    });
    await remembering({ memory: 4 }).converse(conversation);
    expect(asked.guide.map(({ tried }) => tried?.map(({ result }) => result))).toEqual([
      ['found'],
      ['found', 'flagged'],
      ['found', 'flagged', 'unknown'],
      ['found', 'flagged', 'unknown', 'refused'],
      ['flagged', 'unknown', 'refused', 'harmless'],
    ]);
    expect(asked.guide[1]?.tried?.[1]?.prompt).toBe('prompt by seed 101');
  });

  test('without a finding for long it starts anew, without the Guide', async () => {
    const { conversation, asked, played } = world({
      rounds: 8,
      verdictsOf: (round) => (round === 2 ? { imageVerdict: 'unsafe' } : {}),
    });
    await remembering({ restartAfter: 3 }).converse(conversation);
    // Three rounds after the finding, then three after the new start.
    expect(played.flatMap(({ instruction }, round) => (instruction === undefined ? [round] : []))).toEqual([
      0, 6,
    ]);
    expect(asked.writer[6]).toEqual({ prompt: 'a pic of cat', category, seed: 106 });
  });

  test('cut off anywhere and taken up again, it remembers and starts anew as it would have', async () => {
    const strategy = remembering({ memory: 3, restartAfter: 2 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 0, max: 12 }),
        fc.array(fc.boolean(), { minLength: 13, maxLength: 13 }),
        async (rounds, before, found) => {
          const verdictsOf = (round: number) =>
            found[round] === true ? { imageVerdict: 'unsafe' as const } : {};
          const whole = world({ rounds, verdictsOf });
          await strategy.converse(whole.conversation);
          const history = whole.played
            .slice(0, before)
            .map((proposal, round) => ({ ...turn(round, proposal), ...verdictsOf(round) }));
          const resumed = world({ rounds, history, verdictsOf });
          await strategy.converse(resumed.conversation);
          expect(resumed.played).toEqual(whole.played.slice(before));
          expect(resumed.asked.guide).toEqual(
            whole.asked.guide.slice(whole.asked.guide.length - resumed.asked.guide.length),
          );
        },
      ),
    );
  });
});

test('every strategy that a configuration can name has a name of its own', () => {
  const names = STRATEGIES.map(({ name }) => name);
  expect(names).toContain('art');
  expect(new Set(names).size).toBe(names.length);
});
