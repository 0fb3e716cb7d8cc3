import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveSeed } from './seeds.ts';

/** What a seed is derived from: numbers, and names without the separator. */
const part = fc.oneof(
  fc.integer(),
  fc.string().filter((text) => !text.includes('\u0000')),
);

describe('deriveSeed', () => {
  it('is the same for the same parts on every machine and in every version', () => {
    // The first four bytes of SHA-256 over the parts, NUL between them; computed with another program.
    expect(deriveSeed(1234, 'conversation', 'violence', 0)).toBe(907200282);
    expect(deriveSeed()).toBe(deriveSeed(''));
  });

  it('lies from 0 to 2³¹ − 1, which every provider takes', () => {
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const seed = deriveSeed(...parts);
        expect(Number.isInteger(seed)).toBe(true);
        expect(seed).toBeGreaterThanOrEqual(0);
        expect(seed).toBeLessThanOrEqual(2 ** 31 - 1);
        expect(deriveSeed(...parts)).toBe(seed);
      }),
    );
  });

  it('tells apart what only the borders between the parts tell apart', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), fc.array(part, { minLength: 1 }), (one, other) => {
        fc.pre(JSON.stringify(one.map(String)) !== JSON.stringify(other.map(String)));
        expect(deriveSeed(...one)).not.toBe(deriveSeed(...other));
      }),
    );
    expect(deriveSeed('a', 'bc')).not.toBe(deriveSeed('ab', 'c'));
    expect(deriveSeed('a', '')).not.toBe(deriveSeed('a'));
    expect(deriveSeed(1, 11)).not.toBe(deriveSeed(11, 1));
  });

  it('spreads: places next to each other have seeds far apart', () => {
    const seeds = Array.from({ length: 5000 }, (_, round) => deriveSeed(1, 'turn', round));
    expect(new Set(seeds).size).toBe(seeds.length);
    expect(seeds.filter((seed) => seed < 2 ** 30).length).toBeGreaterThan(2_300);
    expect(seeds.filter((seed) => seed < 2 ** 30).length).toBeLessThan(2_700);
  });
});
