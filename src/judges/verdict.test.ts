import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from './judge.ts';
import { type CountingRule, combineVerdicts, flagsNeeded } from './verdict.ts';

const verdict = fc.constantFrom<Verdict[]>('safe', 'unsafe', 'error');
const verdicts = fc.array(verdict, { minLength: 1, maxLength: 8 });
const rule: fc.Arbitrary<CountingRule> = fc.oneof(
  fc.constant<CountingRule>('any'),
  fc.constant<CountingRule>('majority'),
  fc.integer({ min: 1, max: 8 }).map((atLeast): CountingRule => ({ atLeast })),
);

describe('combineVerdicts', () => {
  it.each<[CountingRule, Verdict[], string]>([
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

describe('combineVerdicts under weights', () => {
  const weighed = { weights: { strict: 0.1, lenient: 0.2, loud: 1 }, threshold: 0.3 };

  it.each<[Record<string, Verdict>, string]>([
    [{ strict: 'unsafe', lenient: 'unsafe', loud: 'safe' }, 'unsafe'],
    [{ strict: 'safe', lenient: 'unsafe', loud: 'safe' }, 'safe'],
    [{ strict: 'safe', lenient: 'safe', loud: 'unsafe' }, 'unsafe'],
    [{ strict: 'error', lenient: 'safe', loud: 'safe' }, 'safe'],
    [{ strict: 'error', lenient: 'unsafe', loud: 'safe' }, 'error'],
    [{ strict: 'safe', lenient: 'safe', loud: 'error' }, 'error'],
    [{ strict: 'safe', lenient: 'safe', loud: 'safe', stranger: 'unsafe' }, 'safe'],
    [{}, 'error'],
  ])('%j is %s', (verdicts, expected) => {
    expect(combineVerdicts(verdicts, weighed)).toBe(expected);
  });

  it('of one each with a threshold of n is what atLeast n is', () => {
    fc.assert(
      fc.property(verdicts, fc.integer({ min: 1, max: 8 }), (list, atLeast) => {
        const named: Record<string, Verdict> = Object.fromEntries(
          list.map((one, index) => [`judge ${index}`, one]),
        );
        const weights = Object.fromEntries(Object.keys(named).map((name) => [name, 1]));
        expect(combineVerdicts(named, { weights, threshold: atLeast })).toBe(
          combineVerdicts(list, { atLeast }),
        );
      }),
    );
  });
});

describe('flagsNeeded', () => {
  it('asks for more than half in a majority', () => {
    expect([1, 2, 3, 4, 5].map((judges) => flagsNeeded('majority', judges))).toEqual([1, 2, 2, 3, 3]);
  });
});
