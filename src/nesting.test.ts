import { describe, expect, it } from 'vitest';
import { isTooDeep } from './nesting.ts';

const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

describe('isTooDeep', () => {
  it('counts levels of lists and objects', () => {
    expect(isTooDeep(nested(100))).toBe(false);
    expect(isTooDeep(nested(101))).toBe(true);
    expect(isTooDeep(nested(500_000))).toBe(true);
    expect(isTooDeep({ a: { b: [1] } }, 3)).toBe(false);
    expect(isTooDeep({ a: { b: [{}] } }, 3)).toBe(true);
    expect(isTooDeep('text')).toBe(false);
  });

  it('takes what holds itself for too deep, and leaves objects with code of their own alone', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(isTooDeep({ circle })).toBe(true);
    class Own {
      readonly self = this;
    }
    expect(isTooDeep({ own: new Own() })).toBe(false);
  });

  it('walks through what is shared many times without walking through it as often', () => {
    let shared: unknown = 1;
    for (let level = 0; level < 60; level++) shared = Array(9).fill(shared);
    expect(isTooDeep(shared)).toBe(false);
  });
});
