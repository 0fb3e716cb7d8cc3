import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffWords } from './word-diff.ts';

const marked = (before: string, after: string) =>
  diffWords(before, after)
    .parts.map(({ kind, text }) => (kind === 'same' ? text : `${kind === 'added' ? '+' : '-'}[${text}]`))
    .join('');

describe('diffWords', () => {
  it('marks the words that were put in and taken out', () => {
    expect(marked('a cat on a red sofa', 'a cat on a green sofa, at night')).toBe(
      'a cat on a -[red ]+[green ]sofa, +[at night]',
    );
  });

  it('does not take a comma for a change', () => {
    expect(marked('a cat on a sofa', 'a cat, on a sofa.')).toBe('a cat, on a sofa.');
  });

  it('compares texts that are written without spaces', () => {
    const { parts } = diffWords('红色的猫在沙发上', '绿色的猫在沙发上');
    expect(parts.length).toBeGreaterThan(1);
  });

  it('says how much is shared', () => {
    expect(diffWords('a cat', 'a cat').shared).toBe(1);
    expect(diffWords('a cat', 'some dogs').shared).toBe(0);
    expect(diffWords('a cat', 'a dog').shared).toBe(0.5);
    expect(diffWords('', '').shared).toBe(1);
  });

  it('answers in bounded time whatever the length, and loses nothing', () => {
    const [before, after] = ['a', 'b'].map((letter) =>
      Array.from({ length: 20_000 }, (_, index) => `${letter}${index}`).join(' '),
    );
    const { parts } = diffWords(`x ${before}`, `x ${after}`);
    expect(parts.map(({ kind }) => kind)).toEqual(['same', 'removed', 'added']);
  });

  it('gives back both texts, whatever they are', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ' ', ', ', '\n', '猫', '\u202e', '"'))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const { parts } = diffWords(before, after);
        expect(
          parts
            .filter(({ kind }) => kind !== 'removed')
            .map((part) => part.text)
            .join(''),
        ).toBe(after);
      }),
    );
  });
});
