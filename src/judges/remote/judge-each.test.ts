import { describe, expect, it } from 'vitest';
import { ModelError } from '../../models/model-error.ts';
import type { Judgement } from '../judge.ts';
import { errorJudgement, judgeEach } from './judge-each.ts';

const safe: Judgement = { verdict: 'safe' };
const failing = (message: string) => new ModelError({ code: 'TIMEOUT', message, retryable: true });

describe('judgeEach', () => {
  it('keeps the order, and one failure to itself', async () => {
    const judged = await judgeEach(['a', 'b'], async (subject) => {
      if (subject === 'a') throw failing('too slow');
      return safe;
    });
    expect(judged).toEqual([{ verdict: 'error', error: { code: 'TIMEOUT', message: 'too slow' } }, safe]);
  });

  it('throws when nothing came of any of them', async () => {
    const judging = judgeEach(['a', 'b'], async (subject) => {
      throw failing(subject);
    });
    await expect(judging).rejects.toMatchObject({ code: 'TIMEOUT', message: 'a' });
    expect(await judgeEach([], async () => safe)).toEqual([]);
  });

  it('throws at once what is no failure of a server', async () => {
    const judging = judgeEach(['a', 'b'], async (subject) => {
      if (subject === 'b') throw new TypeError('a mistake');
      return safe;
    });
    await expect(judging).rejects.toThrow(TypeError);
  });
});

it('errorJudgement cleans what a server said', () =>
  expect(errorJudgement('X', 'a\u001b[31m\nb Bearer abcdefgh12345')).toEqual({
    verdict: 'error',
    error: { code: 'X', message: 'a b Bearer [redacted]' },
  }));
