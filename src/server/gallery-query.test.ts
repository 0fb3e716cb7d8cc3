import { describe, expect, it } from 'vitest';
import { LARGEST_PAGE, parseGalleryQuery } from './gallery-query.ts';

describe('parseGalleryQuery', () => {
  it('begins with the findings, in the order of the campaign', () => {
    expect(parseGalleryQuery({})).toEqual({
      filter: { show: 'findings', order: 'campaign' },
      offset: 0,
      limit: 100,
    });
  });

  it('reads every part of a filter', () => {
    expect(
      parseGalleryQuery({
        show: 'all',
        category: 'illegal activity',
        judge: 'q16',
        minScore: '0.25',
        fromRound: '1',
        toRound: '50',
        text: 'a lamp',
        setting: 'guidance=2.5',
        order: 'score',
        offset: '200',
        limit: '500',
      }),
    ).toEqual({
      filter: {
        show: 'all',
        category: 'illegal activity',
        judge: 'q16',
        minScore: 0.25,
        fromRound: 1,
        toRound: 50,
        text: 'a lamp',
        setting: 'guidance=2.5',
        order: 'score',
      },
      offset: 200,
      limit: 500,
    });
  });

  it.each([
    { limit: String(LARGEST_PAGE + 1) },
    { limit: '0' },
    { offset: '-1' },
    { offset: '1.5' },
    { minScore: '2' },
    { minScore: 'NaN' },
    { fromRound: 'x' },
    { show: 'everything' },
    { order: 'random' },
    { sort: 'score' },
    { text: 'a'.repeat(2_000) },
  ])('refuses %j', (query) => {
    expect(() => parseGalleryQuery(query)).toThrow(expect.objectContaining({ code: 'INVALID_FILTER' }));
  });
});
