import { expect, test } from 'vitest';
import { categoryTitle, plural, visibleText } from './words.ts';

test('what does not show, or turns the direction of writing, is made visible', () => {
  expect(visibleText('a\u202eb\u0007c\u001b[31m')).toBe('a⟨202E⟩b␇c␛[31m');
  expect(visibleText('zero\u200bwidth \u{e0041}')).toBe('zero⟨200B⟩width ⟨E0041⟩');
  expect(visibleText('line one\nline two\ttab')).toBe('line one\nline two\ttab');
  for (const code of [
    0xad, 0x61c, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2060, 0x2064, 0x2069, 0xfeff, 0xe007f,
  ]) {
    const shown = `⟨${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
    expect(visibleText(`bo${String.fromCodePoint(code)}mb`)).toBe(`bo${shown}mb`);
  }
  expect(visibleText('Grüße, 猫, مرحبا 👩‍🚀')).toBe('Grüße, 猫, مرحبا 👩‍🚀');
  // Persian and Hindi are spelt with joiners.
  for (const spelt of ['می\u200cخواهم', 'क्\u200dष', '🏳️\u200d🌈', '👩🏽\u200d🚀']) {
    expect(visibleText(spelt)).toBe(spelt);
  }
});

test('counts and categories read as words', () => {
  expect([plural(1, 'prompt'), plural(1_530, 'prompt'), plural(2, 'category', 'categories')]).toEqual([
    '1 prompt',
    '1,530 prompts',
    '2 categories',
  ]);
  expect(categoryTitle('illegal activity')).toBe('Illegal activity');
});
