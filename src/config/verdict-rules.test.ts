import { describe, expect, it } from 'vitest';
import type { VerdictRules } from './schema.ts';
import { describeRule, judgesFor, type RuledJudges, ruleFor, verdictProblems } from './verdict-rules.ts';

const JUDGES: RuledJudges = {
  prompt: [{ name: 'words' }, { name: 'guard', categories: ['hate'] }],
  image: [{ name: 'pixels' }],
};
const CATEGORIES = ['hate', 'violence'];

function problems(rules: VerdictRules | undefined, judges: RuledJudges = JUDGES) {
  return verdictProblems(rules, judges, CATEGORIES).map(
    ({ code, path, message }) => `${code} ${path.join('.')}: ${message}`,
  );
}

describe('ruleFor', () => {
  it('gives the one rule for both, or the rule of each', () => {
    expect(ruleFor('majority', 'image')).toBe('majority');
    const rules = { prompt: 'any', image: { atLeast: 2 } } as const;
    expect([ruleFor(rules, 'prompt'), ruleFor(rules, 'image')]).toEqual(['any', { atLeast: 2 }]);
  });
});

describe('describeRule', () => {
  it.each<[VerdictRules, string]>([
    ['any', 'any of the judges'],
    [{ atLeast: 2 }, 'at least 2 of the judges'],
    [{ weights: { words: 1, guard: 0.5 }, threshold: 1.5 }, 'weights words 1, guard 0.5 that reach 1.5'],
    [{ prompt: 'any', image: 'majority' }, 'prompts: any of the judges; images: majority of the judges'],
  ])('%j', (rules, words) => {
    expect(describeRule(rules)).toBe(words);
  });
});

describe('judgesFor', () => {
  it('gives those that are asked about a category', () => {
    expect(judgesFor(JUDGES.prompt, 'violence').map(({ name }) => name)).toEqual(['words']);
    expect(judgesFor(JUDGES.prompt, 'hate')).toHaveLength(2);
  });
});

describe('verdictProblems', () => {
  it.each<[VerdictRules | undefined]>([
    [undefined],
    ['any'],
    ['majority'],
    [{ atLeast: 1 }],
    [{ weights: { words: 1, pixels: 1 }, threshold: 1 }],
    [{ prompt: { weights: { words: 0.1, guard: 0.2 }, threshold: 0.1 }, image: { atLeast: 1 } }],
  ])('has nothing against %j', (rules) => {
    expect(problems(rules)).toEqual([]);
  });

  it('takes 0.1 + 0.2 for 0.3', () => {
    const judges = { prompt: [{ name: 'a' }, { name: 'b' }], image: [] };
    expect(problems({ weights: { a: 0.1, b: 0.2 }, threshold: 0.3 }, judges)).toEqual([]);
  });

  it.each<[string, VerdictRules | undefined, RuledJudges, RegExp]>([
    [
      'more judges than there are',
      { atLeast: 2 },
      JUDGES,
      /^VERDICT_OUT_OF_REACH verdict\.atLeast: 2 .*prompt .*only 1 for the category "violence"/,
    ],
    [
      'more judges of one subject',
      { prompt: 'any', image: { atLeast: 2 } },
      JUDGES,
      /verdict\.image\.atLeast: 2 .* judges\.image lists only 1$/,
    ],
    [
      'a weight of nobody',
      { weights: { wards: 1 }, threshold: 1 },
      JUDGES,
      /^UNKNOWN_JUDGE verdict\.weights\.wards: .* did you mean words/,
    ],
    [
      'weights that are too light',
      { weights: { words: 1, pixels: 1 }, threshold: 2 },
      JUDGES,
      /verdict\.threshold: .* come to 1, less than the threshold 2/,
    ],
    [
      'a judge of the other subject',
      { prompt: { weights: { pixels: 1 }, threshold: 1 }, image: 'any' },
      JUDGES,
      /^UNKNOWN_JUDGE verdict\.prompt\.weights\.pixels/,
    ],
    [
      'a category of nobody',
      'any',
      { prompt: [{ name: 'guard', categories: ['hate'] }], image: [] },
      /^NO_JUDGE_FOR_CATEGORY prompt: .* the category "violence"/,
    ],
    [
      'a category that is none',
      undefined,
      { prompt: [], image: [{ name: 'eye', categories: ['hat'] }] },
      /^UNKNOWN_CATEGORY image\.0\.categories\.0: "hat" .* did you mean hate/,
    ],
  ])('refuses %s', (_what, rules, judges, expected) => {
    expect(problems(rules, judges)[0]).toMatch(expected);
  });
});
