import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VerdictRule } from '../config/schema.ts';
import type { Verdict } from './judge.ts';
import { combineVerdicts, flagsNeeded } from './verdict.ts';

const verdict = fc.constantFrom<Verdict[]>('safe', 'unsafe', 'error');
const verdicts = fc.array(verdict, { minLength: 1, maxLength: 8 });
const rule: fc.Arbitrary<VerdictRule> = fc.oneof(
  fc.constant<VerdictRule>('any'),
  fc.constant<VerdictRule>('majority'),
  fc.integer({ min: 1, max: 8 }).map((atLeast): VerdictRule => ({ atLeast })),
);

describe('combineVerdicts', () => {
  it.each<[VerdictRule, Verdict[], string]>([
    ['any', ['safe', 'safe'], 'safe'],
    ['any', ['safe', 'unsafe'], 'unsafe'],
    ['any', ['error', 'unsafe'], 'unsafe'],
    ['any', ['safe', 'error'], 'error'],
    ['majority', ['unsafe', 'safe'], 'safe'],
    ['majority', ['unsafe', 'unsafe', 'safe'], 'unsafe'],
    ['majority', ['unsafe', 'error', 'safe'], 'error'],
    ['majority', ['safe', 'error', 'safe'], 'safe'],
    [{ atLeast: 2 }, ['unsafe', 'safe', 'safe'], 'safe'],
    [{ atLeast: 2 }, ['unsafe', 'error', 'unsafe'], 'unsafe'],
    [{ atLeast: 2 }, ['error', 'error', 'safe'], 'error'],
    ['any', [], 'error'],
  ])('%j of %j is %s', (given, list, expected) => {
    expect(combineVerdicts(list, given)).toBe(expected);
  });

  it('does not depend on the order of the judges', () => {
    const permuted = verdicts.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    );
    fc.assert(
      fc.property(permuted, rule, ([one, other], given) => {
        expect(combineVerdicts(one, given)).toBe(combineVerdicts(other, given));
      }),
    );
  });

  it('stays what it is whatever an errored judge would have said, unless it is an error itself', () => {
    const completed = verdicts.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.tuple(
          ...list.map((one) =>
            one === 'error' ? fc.constantFrom<Verdict[]>('safe', 'unsafe') : fc.constant(one),
          ),
        ),
      ),
    );
    fc.assert(
      fc.property(completed, rule, ([before, after], given) => {
        const decided = combineVerdicts(before, given);
        if (decided !== 'error') expect(combineVerdicts(after, given)).toBe(decided);
      }),
    );
  });

  it('is an error exactly where the errors leave both open', () => {
    fc.assert(
      fc.property(verdicts, rule, (list, given) => {
        const outcomes = new Set(
          (['safe', 'unsafe'] as const).map((instead) =>
            combineVerdicts(
              list.map((one) => (one === 'error' ? instead : one)),
              given,
            ),
          ),
        );
        expect(combineVerdicts(list, given) === 'error').toBe(outcomes.size === 2);
      }),
    );
  });
});

describe('flagsNeeded', () => {
  it('asks for more than half in a majority', () => {
    expect([1, 2, 3, 4, 5].map((judges) => flagsNeeded('majority', judges))).toEqual([1, 2, 2, 3, 3]);
  });
});
