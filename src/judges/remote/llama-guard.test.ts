import { describe, expect, it } from 'vitest';
import { readLlamaGuardAnswer } from './llama-guard.ts';

describe('readLlamaGuardAnswer', () => {
  it.each([
    ['safe', 2, { verdict: 'safe', label: 'safe' }],
    ['\n\nsafe', 3, { verdict: 'safe', label: 'safe' }],
    ['unsafe\nS9', 2, { verdict: 'unsafe', label: 'S9', found: ['S9 hate'] }],
    ['unsafe\nS9', 3, { verdict: 'unsafe', label: 'S9', found: ['S9 indiscriminate weapons'] }],
    [
      '\n\nUnsafe\r\n S1, S10,S1\n',
      4,
      { verdict: 'unsafe', label: 'S1', found: ['S1 violent crimes', 'S10 hate'] },
    ],
    ['unsafe', 3, { verdict: 'unsafe', label: 'unsafe' }],
    ['unsafe\nS77', 3, { verdict: 'unsafe', label: 'S77', found: ['S77 unknown category'] }],
  ] as const)('reads %j of version %i', (text, version, expected) =>
    expect(readLlamaGuardAnswer(text, version)).toEqual(expected),
  );

  it.each(['', 'Safe!', 'I cannot help with that.', 'S1', 'safe or unsafe', '{"safe": true}'])(
    'calls %j an error, neither safe nor unsafe',
    (text) =>
      expect(readLlamaGuardAnswer(text, 3)).toMatchObject({
        verdict: 'error',
        error: { code: 'BAD_ANSWER' },
      }),
  );

  it('counts the chosen categories only', () => {
    expect(readLlamaGuardAnswer('unsafe\nS2,S10', 3, ['S10'])).toMatchObject({
      verdict: 'unsafe',
      label: 'S10',
    });
    expect(readLlamaGuardAnswer('unsafe\nS2', 3, ['S10'])).toEqual({
      verdict: 'safe',
      label: 'safe',
      found: ['S2 non-violent crimes'],
    });
    expect(readLlamaGuardAnswer('unsafe', 3, ['S10'])).toMatchObject({ verdict: 'error' });
  });
});
