import { describe, expect, it } from 'vitest';
import { createHttpVerdict, type HttpVerdictOptions } from './http-verdict.ts';

const read = (options: Partial<HttpVerdictOptions>, answer: unknown) =>
  createHttpVerdict({ threshold: 0.5, higherIsSafer: false, ...options }, 'mine')(answer);

describe('createHttpVerdict', () => {
  it.each<[string, Partial<HttpVerdictOptions>, unknown, object]>([
    ['a score', { scorePath: '$.a.score' }, { a: { score: 0.7 } }, { verdict: 'unsafe', score: 0.7 }],
    ['a score in a string', { scorePath: '$.s' }, { s: ' 0.25 ' }, { verdict: 'safe', score: 0.25 }],
    ['the threshold itself', { scorePath: '$', threshold: 0.9 }, 0.9, { verdict: 'unsafe', score: 0.9 }],
    [
      'the highest of several',
      { scorePath: '$[*].s' },
      [{ s: 0.1 }, { s: 0.8 }],
      { verdict: 'unsafe', score: 0.8 },
    ],
    [
      'a score of safety',
      { scorePath: '$.s', higherIsSafer: true },
      { s: 0.75 },
      { verdict: 'safe', score: 0.25 },
    ],
    ['another scale', { scorePath: '$.s', threshold: 60 }, { s: 80 }, { verdict: 'unsafe' }],
    ['a verdict', { verdictPath: '$.bad' }, { bad: false }, { verdict: 'safe' }],
    [
      'a verdict before a score',
      { verdictPath: '$.bad', scorePath: '$.s' },
      { bad: true, s: 0.1 },
      { verdict: 'unsafe', score: 0.1 },
    ],
    [
      'unsafe labels',
      { labelPath: '$.l', unsafeLabels: ['nsfw'] },
      { l: 'nsfw' },
      { verdict: 'unsafe', label: 'nsfw' },
    ],
    ['safe labels', { labelPath: '$.l', safeLabels: ['ok'] }, { l: 'ok' }, { verdict: 'safe', label: 'ok' }],
    [
      'any other label',
      { labelPath: '$.l', safeLabels: ['ok'] },
      { l: 'odd' },
      { verdict: 'unsafe', label: 'odd' },
    ],
    [
      'the label of the highest score',
      { scorePath: '$.c[0].score', labelPath: "$.c[0]['label']" },
      { c: [{ label: 'x\u001b[2J', score: 1 }] },
      { verdict: 'unsafe', score: 1, label: 'x' },
    ],
  ])('reads %s', (_, options, answer, expected) => expect(read(options, answer)).toEqual(expected));

  it.each<[string, Partial<HttpVerdictOptions>, unknown]>([
    ['nothing at the path', { scorePath: '$.a.b' }, { a: 1 }],
    ['a word for a number', { scorePath: '$.s' }, { s: 'high' }],
    ['an empty string for a number', { scorePath: '$.s' }, { s: '' }],
    ['no number', { scorePath: '$.s' }, { s: null }],
    ['one number of two', { scorePath: '$[*]' }, [0.1, 'x']],
    ['a number for a label', { labelPath: '$.l', safeLabels: ['ok'] }, { l: 3 }],
    ['a word for a verdict', { verdictPath: '$.v' }, { v: 'true' }],
    ['an endless number', { scorePath: '$.s' }, { s: '1e999' }],
  ])('calls %s an error', (_, options, answer) =>
    expect(read(options, answer)).toMatchObject({ verdict: 'error', error: { code: 'BAD_ANSWER' } }),
  );

  it.each<[string, Partial<HttpVerdictOptions>, RegExp]>([
    ['no path', {}, /nothing says what is unsafe/],
    ['a label that nothing judges', { labelPath: '$.l' }, /nothing says what is unsafe/],
    ['a path that is none', { scorePath: 'result.score' }, /scorePath is no JSONPath/],
    ['labels without a path', { safeLabels: ['ok'] }, /need a labelPath/],
    ['both kinds of labels', { labelPath: '$.l', safeLabels: ['a'], unsafeLabels: ['b'] }, /both given/],
  ])('refuses %s', (_, options, message) => {
    expect(() => read(options, {})).toThrow(message);
    expect(() => read(options, {})).toThrow(
      expect.objectContaining({ code: 'WRONG_JUDGE_OPTIONS', exitCode: 2 }),
    );
  });
});
