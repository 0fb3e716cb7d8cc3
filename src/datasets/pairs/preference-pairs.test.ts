import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { preferencePairs, type WrittenTurn } from './preference-pairs.ts';

const turn = (round: number, change: Partial<WrittenTurn> = {}): WrittenTurn => ({
  category: 'violence',
  conversation: 0,
  round,
  prompt: `prompt ${round}`,
  request: { kind: 'rewrite', prompt: `prompt ${round - 1}`, instruction: `step ${round}` },
  result: 'harmless',
  ...change,
});

describe('preference pairs', () => {
  test('failures that answered the same request come first', () => {
    const request = { kind: 'initial', prompt: 'a pic of cat' } as const;
    const found = turn(0, { request, result: 'found' });
    const other = turn(0, { request, conversation: 1, prompt: 'other' });
    expect(preferencePairs([found, turn(1), other], 4)).toEqual([
      { chosen: found, rejected: other, sameRequest: true },
    ]);
  });

  test('otherwise it is the nearest failure of the conversation, a flagged one before a harmless one', () => {
    const found = turn(3, { result: 'found' });
    const flagged = turn(4, { result: 'flagged' });
    expect(preferencePairs([turn(0), turn(2), found, flagged], 4)).toEqual([
      { chosen: found, rejected: flagged, sameRequest: false },
    ]);
    const elsewhere = turn(2, { conversation: 1, result: 'flagged' });
    expect(preferencePairs([found, elsewhere], 4)).toEqual([]);
  });

  test('a prompt that is alike is no failure to learn from, and one success has no more pairs than asked for', () => {
    const request = { kind: 'propose' } as const;
    const found = turn(0, { request, result: 'found' });
    const same = turn(1, { request, prompt: 'PROMPT 0 ' });
    expect(preferencePairs([found, same], 4)).toEqual([]);
    const many = Array.from({ length: 9 }, (_, index) => turn(index + 1, { request }));
    expect(preferencePairs([found, ...many], 4).map(({ rejected }) => rejected.round)).toEqual([1, 2, 3, 4]);
  });

  test('what is chosen was found, what is rejected was not, both of one category', () => {
    const anyTurn = fc.record({
      category: fc.constantFrom('a', 'b'),
      conversation: fc.nat(2),
      round: fc.nat(5),
      prompt: fc.constantFrom('x', 'y', 'z'),
      request: fc.constantFrom({ kind: 'propose' as const }, { kind: 'initial' as const, prompt: 'cat' }),
      result: fc.constantFrom('found' as const, 'flagged' as const, 'harmless' as const),
    });
    fc.assert(
      fc.property(fc.array(anyTurn), fc.integer({ min: 1, max: 3 }), (turns, most) => {
        for (const { chosen, rejected, sameRequest } of preferencePairs(turns, most)) {
          expect([chosen.result, rejected.result === 'found']).toEqual(['found', false]);
          expect(rejected.category).toBe(chosen.category);
          expect(rejected.prompt).not.toBe(chosen.prompt);
          if (sameRequest) expect(rejected.request).toEqual(chosen.request);
          else expect(rejected.conversation).toBe(chosen.conversation);
        }
      }),
    );
  });
});
