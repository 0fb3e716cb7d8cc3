import { describe, expect, it } from 'vitest';
import type { ConversationSummary } from '../../../src/report/view-model.ts';
import { listParams, readListFilter, selectConversations } from './list-filter.ts';

function conversation(change: Partial<ConversationSummary>): ConversationSummary {
  return {
    category: 'shocking',
    number: 0,
    seed: 1,
    status: 'done',
    startPrompt: 'a cat',
    turns: 3,
    safePrompts: 3,
    findings: 0,
    failure: null,
    ...change,
  };
}

const all = [
  conversation({ number: 0, findings: 1 }),
  conversation({ number: 1, findings: 3 }),
  conversation({ number: 2, status: 'failed' }),
  conversation({ number: 3, category: 'hate' }),
];
const numbers = (query: string) =>
  selectConversations(all, readListFilter(new URLSearchParams(query))).map(({ number }) => number);

describe('the list of conversations', () => {
  it('shows what the address asks for', () => {
    expect(numbers('')).toEqual([0, 1, 2, 3]);
    expect(numbers('show=findings&order=findings')).toEqual([1, 0]);
    expect(numbers('show=failed')).toEqual([2]);
    expect(numbers('category=hate')).toEqual([3]);
    expect(numbers('show=nonsense&order=nonsense')).toEqual([0, 1, 2, 3]);
  });

  it('is the same again when it is opened by somebody else', () => {
    const filter = { show: 'failed', category: 'hate', order: 'findings' } as const;
    const params = Object.entries(listParams(filter)).map(([key, value]) => [key, value ?? '']);
    expect(readListFilter(new URLSearchParams(params))).toEqual(filter);
    expect(
      Object.values(listParams(readListFilter(new URLSearchParams()))).every((value) => value === undefined),
    ).toBe(true);
  });
});
