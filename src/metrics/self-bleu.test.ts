import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import recorded from './__fixtures__/self-bleu.json' with { type: 'json' };
import { averageSelfBleu, tokenise } from './self-bleu.ts';

describe('averageSelfBleu', () => {
  test.each(recorded.cases)('equals NLTK: $name', ({ tokenised, average }) => {
    expect(Math.abs(averageSelfBleu(tokenised) - average)).toBeLessThanOrEqual(1e-9);
  });

  test('the recorded sets reach from nothing alike to all alike', () => {
    const averages = recorded.cases.map(({ average }) => average);
    expect(Math.min(...averages)).toBe(0);
    expect(Math.max(...averages)).toBe(1);
    expect(recorded.cases.length).toBeGreaterThanOrEqual(15);
  });

  test.each([[[]], [[['a', 'lone', 'prompt']]]])(
    'without another prompt there is nothing to be alike to: %j',
    (prompts) => {
      expect(averageSelfBleu(prompts)).toBe(0);
    },
  );

  // Few different words and short prompts, so that n-grams meet, repeat and run out.
  const prompts = fc.array(fc.array(fc.constantFrom('cat', 'hat', 'mat', 'a', 'on'), { maxLength: 9 }), {
    minLength: 2,
    maxLength: 8,
  });

  test('equals the definition written down naively', () => {
    fc.assert(
      fc.property(prompts, (set) => {
        expect(averageSelfBleu(set)).toBeCloseTo(naive(set), 12);
      }),
      { numRuns: 300 },
    );
  });

  test('equals it also where n-grams repeat within a prompt', () => {
    const two = fc.array(fc.array(fc.constantFrom('go', 'on'), { maxLength: 14 }), {
      minLength: 2,
      maxLength: 5,
    });
    fc.assert(
      fc.property(two, (set) => {
        expect(averageSelfBleu(set)).toBeCloseTo(naive(set), 12);
      }),
      { numRuns: 300 },
    );
  });

  test('keeps tokens apart that would be one when joined', () => {
    const apart = averageSelfBleu([
      ['ab', 'c', 'x', 'y', 'z'],
      ['a', 'bc', 'x', 'y', 'z'],
    ]);
    expect(apart).toBeLessThan(0.7);
  });

  test('does not depend on the order of the prompts', () => {
    const shuffled = prompts.chain((set) =>
      fc.record({
        set: fc.constant(set),
        permuted: fc.shuffledSubarray(set, { minLength: set.length, maxLength: set.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ set, permuted }) => {
        expect(averageSelfBleu(permuted)).toBeCloseTo(averageSelfBleu(set), 12);
      }),
    );
  });

  test('is from 0 to 1, and 1 for copies of one prompt of at least five words', () => {
    fc.assert(
      fc.property(prompts, (set) => {
        const average = averageSelfBleu(set);
        expect(average).toBeGreaterThanOrEqual(0);
        expect(average).toBeLessThanOrEqual(1);
      }),
    );
    const long = fc.array(fc.constantFrom('cat', 'hat', 'mat'), { minLength: 5, maxLength: 12 });
    fc.assert(
      fc.property(long, fc.integer({ min: 2, max: 6 }), (prompt, copies) => {
        expect(averageSelfBleu(Array.from({ length: copies }, () => prompt))).toBe(1);
      }),
    );
  });
});

describe('tokenise', () => {
  test.each([
    ['A cat, on a Mat!', ['a', 'cat', ',', 'on', 'a', 'mat', '!']],
    ['  spaces\tand\nlines  ', ['spaces', 'and', 'lines']],
    ['35mm film', ['35mm', 'film']],
    ["it's", ['it', "'", 's']],
    ['ÉTÉ 夏', ['été', '夏']],
    ['🦊', ['🦊']],
    // A letter and its accent as two characters, and vowel signs, belong to their word.
    ['E\u0301te\u0301', ['été']],
    ['हिन्दी', ['हिन्दी']],
    ['', []],
  ])('%j', (prompt, tokens) => {
    expect(tokenise(prompt)).toEqual(tokens);
  });

  test('loses nothing but white space', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        expect(tokenise(text).join('')).toBe(text.normalize('NFC').toLowerCase().replace(/\s/gu, ''));
      }),
    );
  });
});

/** The definition as it stands in the papers: every prompt against every other, quadratic. */
function naive(prompts: readonly (readonly string[])[]): number {
  const scores = [2, 3, 4, 5].map((highest) =>
    mean(prompts.map((prompt, place) => bleu(prompt, prompts.toSpliced(place, 1), highest))),
  );
  return mean(scores);
}

function bleu(prompt: readonly string[], others: readonly (readonly string[])[], highest: number): number {
  const closest = others
    .map(({ length }) => length)
    .toSorted((a, b) => Math.abs(a - prompt.length) - Math.abs(b - prompt.length) || a - b)[0];
  if (closest === undefined || prompt.length === 0) return 0;
  const penalty = prompt.length > closest ? 1 : Math.exp(1 - closest / prompt.length);
  let product = 1;
  for (let order = 1; order <= highest; order++) {
    const own = ngrams(prompt, order);
    let clipped = 0;
    for (const gram of new Set(own)) {
      const most = Math.max(...others.map((other) => occurrences(ngrams(other, order), gram)));
      clipped += Math.min(occurrences(own, gram), most);
    }
    if (order === 1 && clipped === 0) return 0;
    product *= (clipped === 0 ? 0.1 : clipped) / Math.max(1, own.length);
  }
  return penalty * product ** (1 / highest);
}

function ngrams(tokens: readonly string[], order: number): string[] {
  return tokens
    .map((_, start) => tokens.slice(start, start + order))
    .filter(({ length }) => length === order)
    .map((gram) => gram.join(' '));
}

function occurrences(grams: readonly string[], gram: string): number {
  return grams.filter((other) => other === gram).length;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
