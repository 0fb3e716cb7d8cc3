import { describe, expect, it } from 'vitest';
import { tokenProbability } from './token-probability.ts';

const token = (text: string, probability: number) => ({ token: text, logprob: Math.log(probability) });
const body = (...content: object[]) => ({ choices: [{ logprobs: { content } }] });

describe('tokenProbability', () => {
  it('is the share of a word at the first token that decides', () => {
    const decisive = { ...token('unsafe', 0.6), top_logprobs: [token('unsafe', 0.6), token('safe', 0.2)] };
    const answer = body({ ...token('\n\n', 1), top_logprobs: [] }, decisive);
    expect(tokenProbability(answer, 'unsafe', 'safe')).toBeCloseTo(0.75, 12);
    expect(tokenProbability(answer, 'safe', 'unsafe')).toBeCloseTo(0.25, 12);
  });

  it('adds the spellings of a word up', () => {
    const decisive = {
      ...token('Yes', 0.3),
      top_logprobs: [token(' yes', 0.1), token('No', 0.4), token('so', 0.2)],
    };
    expect(tokenProbability(body(decisive), 'yes', 'no')).toBeCloseTo(0.5, 12);
  });

  it.each([
    ['no body', undefined],
    ['no log-probabilities', { choices: [{ logprobs: null }] }],
    ['an empty list', body()],
    ['other tokens', body(token('un', 0.9))],
    ['probabilities of nothing', body({ token: 'safe', logprob: -Infinity })],
  ])('is not there for %s', (_, answer) =>
    expect(tokenProbability(answer, 'unsafe', 'safe')).toBeUndefined(),
  );
});
