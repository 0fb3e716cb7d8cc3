import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sanitizeForTerminal } from './sanitize.ts';

const esc = '\u001b';

describe('sanitizeForTerminal', () => {
  test.each([
    ['colours', `${esc}[31mred${esc}[0m`, 'red'],
    ['clearing the screen', `a${esc}[2J${esc}[Hb`, 'ab'],
    ['a window title', `${esc}]0;title\u0007text`, 'text'],
    ['a link', `${esc}]8;;http://x${esc}\\link${esc}]8;;${esc}\\`, 'link'],
    ['a device control string', `${esc}Pq#0;2${esc}\\x`, 'x'],
    ['8-bit CSI', '\u009b31mred', 'red'],
    ['8-bit OSC', '\u009d0;title\u009ctext', 'text'],
    ['a reset', `${esc}ctext`, 'text'],
    ['a charset', `${esc}(0text`, 'text'],
    ['an escape that never ends', `a${esc}[`, 'a'],
    ['several lines', 'one\r\ntwo\tthree\u2028four', 'one two three four'],
    ['backspaces', 'safe\b\b\b\bbad', 'safe bad'],
    ['bidirectional controls', 'a\u202eb\u2066c\u200f', 'abc'],
    ['invisible tags', 'a\u{e0041}\u200bb\ufeff', 'ab'],
    ['half a character', 'a\ud800b', 'a\ufffdb'],
    ['ordinary text', 'Ein süßer Hund, 犬 🐕 👩‍🚀', 'Ein süßer Hund, 犬 🐕 👩‍🚀'],
  ])('%s', (_what, text, expected) => {
    expect(sanitizeForTerminal(text)).toBe(expected);
  });

  test('bounds the length, by characters', () => {
    expect(sanitizeForTerminal('🐕'.repeat(10), 4)).toBe('🐕🐕🐕…');
    expect(sanitizeForTerminal('x'.repeat(5_000_000), 50)).toHaveLength(50);
  });

  test('nothing gets through, whatever comes', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom(esc, '[', ']', '\u0007', '\\', '\u009b', '3', 'm', ';', 'a', '\n', '\u202e'))
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 80 }), (text, maximum) => {
        const clean = sanitizeForTerminal(text, maximum);
        expect(clean).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u);
        expect([...clean].length).toBeLessThanOrEqual(maximum);
        expect(sanitizeForTerminal(clean, maximum)).toBe(clean);
      }),
    );
  });
});
