import { expect, it } from 'vitest';
import { plainText } from './plain-text.ts';

it('is as String has it, and never throws', () => {
  for (const value of ['a', 1, null, undefined, true, ['a', 'b'], {}, 10n, Symbol('a')])
    expect(plainText(value)).toBe(String(value));
  expect(plainText({ toString: 1, valueOf: 2 })).toBe('[object]');
  expect(plainText([Object.create(null)])).toBe('[object]');
  expect(plainText(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)))).toBe('[object]');
});
