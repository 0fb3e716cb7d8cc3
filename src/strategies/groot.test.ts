import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leavesOf, type PartTree, partTreeSchema } from '../taxonomy/part-tree.ts';
import { createGroot, grootOptions } from './groot.ts';
import { turn, world } from './strategy-fixtures.ts';

const groot = (options: object = {}) => createGroot(grootOptions.parse(options));
const shown = (tree: PartTree | undefined) =>
  tree === undefined ? [] : leavesOf(tree).flatMap((leaf) => (leaf.shown ? leaf.text : []));

describe('groot', () => {
  test('takes the category apart, then a scene of it, and drowns the scene’s parts', async () => {
    const { conversation, asked, played } = world({ rounds: 0 });
    await groot({ parts: 2, details: 3 }).converse(conversation);
    expect(asked.decompositions.map(({ subject }) => subject)).toEqual(['shocking', 'one of shocking']);
    expect(new Set([...asked.decompositions, ...asked.drownings].map(({ seed }) => seed)).size).toBe(3);
    expect(played[0]?.prompt).toBe('one of one of shocking and two of one of shocking among 3 details');
    expect(played[0]?.tree).toEqual({
      text: 'shocking',
      times: 1,
      shown: false,
      parts: [
        {
          text: 'one of shocking',
          times: 1,
          shown: false,
          parts: ['one', 'two'].map((part) => ({
            text: `${part} of one of shocking`,
            times: 1,
            shown: true,
            parts: [],
          })),
        },
        { text: 'two of shocking', times: 0, shown: false, parts: [] },
      ],
    });
  });

  test('where nothing was found it is the next scene’s turn, where something was it stays', async () => {
    const scenes = async (found: boolean) => {
      const { conversation, played } = world({
        rounds: 1,
        verdictsOf: () => (found ? { imageVerdict: 'unsafe' } : {}),
      });
      await groot({ parts: 1 }).converse(conversation);
      return played.map(({ tree }) => shown(tree));
    };
    expect(await scenes(false)).toEqual([['one of one of shocking'], ['one of two of shocking']]);
    expect(await scenes(true)).toEqual([['one of one of shocking'], ['two of one of shocking']]);
  });

  test('a flagged prompt is refined, deeper and drowned in more, until the budget ends and a new tree grows', async () => {
    const { conversation, asked, played } = world({
      rounds: 3,
      verdictsOf: (round) => (round < 3 ? { promptVerdict: 'unsafe' } : {}),
    });
    await groot({ parts: 1, details: 2, refinements: 2 }).converse(conversation);
    expect(asked.drownings.map(({ parts, details }) => [parts, details])).toEqual([
      [['one of one of shocking'], 2],
      [['one of one of one of shocking'], 4],
      [['one of one of one of one of shocking'], 6],
      [['one of one of shocking'], 2],
    ]);
    expect(played[3]?.tree?.times).toBe(1);
  });

  test('a refused prompt is refined as well', async () => {
    const { conversation, asked } = world({ rounds: 1, outcomeOf: () => 'refused' });
    await groot({ parts: 1 }).converse(conversation);
    expect(asked.drownings[1]?.parts).toEqual(['one of one of one of shocking']);
  });

  test('a tree whose parts have all been shown often enough makes room for a new one', async () => {
    const { conversation, asked } = world({ rounds: 2 });
    await groot({ parts: 2, uses: 1 }).converse(conversation);
    expect(asked.decompositions.map(({ subject }) => subject)).toEqual([
      'shocking',
      'one of shocking',
      'two of shocking',
      'shocking',
      'one of shocking',
    ]);
  });

  test('cut off anywhere and taken up again, it goes on with the same tree; trees are fit to be stored', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 14 }),
        fc.integer({ min: 0, max: 14 }),
        fc.array(fc.constantFrom('found', 'flagged', 'harmless'), { minLength: 16, maxLength: 16 }),
        fc.record({ parts: fc.integer({ min: 1, max: 8 }), refinements: fc.integer({ min: 0, max: 5 }) }),
        async (rounds, before, results, options) => {
          const verdictsOf = (round: number) =>
            results[round] === 'found'
              ? { imageVerdict: 'unsafe' as const }
              : results[round] === 'flagged'
                ? { promptVerdict: 'unsafe' as const }
                : {};
          const strategy = groot(options);
          const whole = world({ rounds, verdictsOf });
          await strategy.converse(whole.conversation);
          const history = whole.played
            .slice(0, before)
            .map((proposal, round) => ({ ...turn(round, proposal), ...verdictsOf(round) }));
          const resumed = world({ rounds, history, verdictsOf });
          await strategy.converse(resumed.conversation);
          expect(resumed.played).toEqual(whole.played.slice(before));
          for (const { tree } of whole.played) expect(partTreeSchema.parse(tree)).toEqual(tree);
        },
      ),
    );
  });
});
