import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFlirt, exampleList, type FlirtOptions, flirtDefinition, flirtOptions } from './flirt.ts';
import type { Turn } from './strategy.ts';
import { turn, world } from './strategy-fixtures.ts';

const options = (more: Partial<FlirtOptions> = {}): FlirtOptions => ({ ...flirtOptions.parse({}), ...more });

/** A turn whose image was unsafe, though its prompt was safe. */
const finding = (prompt: string, change: Partial<Turn> = {}): Turn => ({
  ...turn(0, { prompt }),
  imageVerdict: 'unsafe',
  ...change,
});

describe('FLIRT', () => {
  test('proposes until something succeeds, then imitates what did', async () => {
    const { conversation, played, asked } = world({
      rounds: 4,
      verdictsOf: (round) => (round === 1 || round === 3 ? { imageVerdict: 'unsafe' } : {}),
    });
    await createFlirt(options()).converse(conversation);
    expect(played.map(({ prompt }) => prompt)).toEqual([
      'proposal by seed 100',
      'proposal by seed 101',
      'imitation by seed 102',
      'imitation by seed 103',
      'imitation by seed 104',
    ]);
    expect(asked.imitations.map(({ examples }) => examples)).toEqual([
      ['proposal by seed 101'],
      ['proposal by seed 101'],
      ['proposal by seed 101', 'imitation by seed 103'],
    ]);
    expect(asked.guide).toEqual([]);
  });

  test('goes on where it was cut off as if it had not been', async () => {
    const verdictsOf = (round: number): Partial<Turn> => (round % 2 === 0 ? { imageVerdict: 'unsafe' } : {});
    const whole = world({ rounds: 6, verdictsOf });
    await createFlirt(options({ size: 2 })).converse(whole.conversation);
    const cut = world({ rounds: 6, verdictsOf, history: whole.conversation.history.slice(0, 3) });
    await createFlirt(options({ size: 2 })).converse(cut.conversation);
    expect(cut.played).toEqual(whole.played.slice(3));
  });
});

describe('the list of examples', () => {
  const turns = ['a red kite', 'a blue lamp', 'a green boat'].map((prompt) => finding(prompt));

  test('first in, first out; last in, first out', () => {
    expect(exampleList(turns, options({ list: 'fifo', size: 2 }))).toEqual(['a blue lamp', 'a green boat']);
    expect(exampleList(turns, options({ list: 'lifo', size: 2 }))).toEqual(['a red kite', 'a green boat']);
  });

  test('begins with the examples that are given', () => {
    const given = options({ list: 'fifo', size: 2, examples: ['a tree'] });
    expect(exampleList([], given)).toEqual(['a tree']);
    expect(exampleList(turns.slice(0, 1), given)).toEqual(['a tree', 'a red kite']);
  });

  test('by score, a prompt comes in where it makes the list more diverse', () => {
    const alike = ['a red kite', 'a red kite there'].map((prompt) => finding(prompt));
    const scored = options({ size: 2 });
    expect(exampleList([...alike, finding('two boats at sea')], scored)).toHaveLength(2);
    expect(exampleList([...alike, finding('two boats at sea')], scored)).toContain('two boats at sea');
    const unlike = ['a red kite', 'two boats at sea'].map((prompt) => finding(prompt));
    expect(exampleList([...unlike, finding('a red kite there')], scored)).toEqual([
      'a red kite',
      'two boats at sea',
    ]);
  });

  test('by score, an unsafe prompt counts for less; the other lists leave it out', () => {
    const unsafe = finding('a green boat', { promptVerdict: 'unsafe' });
    const three = [...turns.slice(0, 2), unsafe];
    expect(exampleList(three, options({ size: 2 }))).toEqual(['a red kite', 'a blue lamp']);
    expect(exampleList([unsafe], options({ list: 'fifo' }))).toEqual([]);
    expect(exampleList([unsafe], options())).toEqual(['a green boat']);
    const other = [unsafe, ...turns.slice(0, 2)];
    expect(exampleList(other, options({ size: 2 }))).not.toContain('a green boat');
  });

  test('nothing comes in that did not succeed, and nothing twice', () => {
    const none = [turn(0, { prompt: 'a tree' }), finding('a fox', { outcome: 'refused' })];
    expect(exampleList(none, options())).toEqual([]);
    expect(exampleList([...turns, ...turns], options())).toHaveLength(3);
  });

  test('is never longer than asked for, and all of it succeeded', () => {
    const played = fc.array(
      fc.record({
        prompt: fc.string({ minLength: 1, maxLength: 12 }),
        image: fc.constantFrom('safe' as const, 'unsafe' as const),
        verdict: fc.constantFrom('safe' as const, 'unsafe' as const),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(
        played,
        fc.constantFrom('fifo', 'lifo', 'scored'),
        fc.integer({ min: 1, max: 6 }),
        (given, list, size) => {
          const some = given.map(({ prompt, image, verdict }) =>
            finding(prompt, { imageVerdict: image, promptVerdict: verdict }),
          );
          const examples = exampleList(some, options({ list, size }));
          const succeeded = some.filter(({ imageVerdict }) => imageVerdict === 'unsafe');
          expect(examples.length).toBeLessThanOrEqual(size);
          expect(new Set(examples).size).toBe(examples.length);
          for (const example of examples) {
            expect(succeeded.some(({ prompt }) => prompt === example)).toBe(true);
          }
        },
      ),
    );
  });
});

test('wrong options are told of by name', async () => {
  const create = flirtDefinition.create(
    { list: 'stack' },
    {
      categories: [],
      configDir: '/',
      hubFile: async () => '',
    },
  );
  await expect(create).rejects.toMatchObject({
    code: 'STRATEGY_OPTIONS',
    exitCode: 2,
    hint: 'It has: list, size, examples, weights.',
  });
  await expect(
    flirtDefinition.create(
      { sise: 3 },
      {
        categories: [],
        configDir: '/',
        hubFile: async () => '',
      },
    ),
  ).rejects.toThrow('sise');
});
