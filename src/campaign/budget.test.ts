import { describe, expect, it } from 'vitest';
import type { RequestSums } from '../store/request-statistics.ts';
import { largerBudget, spentBudget } from './budget.ts';
import { fakeConfig } from './campaign-fixtures.ts';

const sums = (endpoint: string, more: Partial<RequestSums> = {}): RequestSums => ({
  endpoint,
  requests: 10,
  attempts: 12,
  inputTokens: 1_000,
  outputTokens: 500,
  ...more,
});

function spent(
  budget: object,
  { requestsAtLeast = 0, workedSeconds = 0 }: { requestsAtLeast?: number; workedSeconds?: number } = {},
  config: Record<string, unknown> = {},
) {
  const all = [sums('writer'), sums('target', { inputTokens: null, outputTokens: null })];
  return spentBudget(fakeConfig({ budget, ...config }), { sums: all, requestsAtLeast, workedSeconds });
}

describe('spentBudget', () => {
  it('says nothing where there is none', () => {
    const config = fakeConfig();
    expect(
      spentBudget(config, { sums: [sums('writer')], requestsAtLeast: 9, workedSeconds: 9e9 }),
    ).toBeUndefined();
  });

  it('counts every try of a request, and those that led to nothing', () => {
    expect(spent({ requests: 25 })).toBeUndefined();
    expect(spent({ requests: 24 })).toBe('Its budget of 24 requests is spent.');
    expect(spent({ requests: 25 }, { requestsAtLeast: 25 })).toBe('Its budget of 25 requests is spent.');
  });

  it('counts tokens as far as they are known', () => {
    expect(spent({ tokens: 1_501 })).toBeUndefined();
    expect(spent({ tokens: 1_500 })).toBe('Its budget of 1,500 tokens is spent.');
  });

  it('counts hours of work', () => {
    expect(spent({ hours: 1 }, { workedSeconds: 3_599 })).toBeUndefined();
    expect(spent({ hours: 1 }, { workedSeconds: 3_600 })).toBe('Its budget of 1 hours of work is spent.');
  });

  it('counts money by the prices of the endpoints', () => {
    const target = { provider: 'sandbox', concurrency: 4, price: { perRequest: 0.5 } };
    const writer = { provider: 'sandbox', concurrency: 4, price: { perMillionOutputTokens: 1_000 } };
    // Ten pictures at 0.5 and 500 tokens at a thousandth.
    expect(spent({ money: 5.51 }, {}, { target, writer })).toBeUndefined();
    expect(spent({ money: 5.5 }, {}, { target, writer })).toBe('Its budget of 5.5 in money is spent.');
  });
});

describe('largerBudget', () => {
  it('has twice as much of what is spent, and keeps the rest', () => {
    const budget = { requests: 1_500, hours: 0.5 };
    const { requests } = budget;
    expect(largerBudget(budget, spent({ requests }, { requestsAtLeast: requests }) ?? '')).toEqual({
      requests: 3_000,
      hours: 0.5,
    });
    expect(largerBudget(budget, spent({ hours: 0.5 }, { workedSeconds: 1_800 }) ?? '')).toEqual({
      requests: 1_500,
      hours: 1,
    });
  });

  it('is none where something else has ended the campaign, or another budget', () => {
    expect(largerBudget({ requests: 10 }, 'It was paused with art pause.')).toBeUndefined();
    expect(largerBudget({ requests: 10 }, 'Its budget of 20 requests is spent.')).toBeUndefined();
  });
});
