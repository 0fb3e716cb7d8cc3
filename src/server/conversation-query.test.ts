import { describe, expect, it } from 'vitest';
import { parseConversationQuery } from './conversation-query.ts';

describe('parseConversationQuery', () => {
  it.each(['hate', '..', '.', 'a/b?c#d', ''])('takes the category %j as it is', (category) => {
    expect(parseConversationQuery({ category, number: '12' })).toEqual({ category, number: 12 });
  });

  it.each([
    {},
    { category: 'hate' },
    { number: '0' },
    { category: 'hate', number: '' },
    { category: 'hate', number: '-1' },
    { category: 'hate', number: '1.5' },
    { category: 'hate', number: '1e3' },
    { category: 'hate', number: '9'.repeat(20) },
  ])('knows no conversation for %j', (query) => {
    expect(() => parseConversationQuery(query)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_CONVERSATION' }),
    );
  });
});
