import { describe, expect, it } from 'vitest';
import type { GalleryFilter } from '../../../src/report/view-model.ts';
import { hashHref, parseHash } from '../routing/hash-route.ts';
import { filterParams, narrowings, readFilter } from './gallery-address.ts';

const there = (filter: GalleryFilter) =>
  readFilter(parseHash(hashHref(['gallery'], filterParams(filter))).params);

describe('the gallery in the address', () => {
  it('is the same again when it is opened by somebody else', () => {
    const filter: GalleryFilter = {
      show: 'all',
      order: 'score',
      category: 'illegal activity',
      judge: 'q16-ft',
      minScore: 0.75,
      fromRound: 0,
      toRound: 12,
      text: 'a cat & "dog" #1?',
      setting: 'guidance=2.5',
    };
    expect(there(filter)).toEqual(filter);
    expect(there({ show: 'findings', order: 'campaign' })).toEqual({ show: 'findings', order: 'campaign' });
  });

  it('leaves out what makes no sense', () => {
    const params = new URLSearchParams('show=x&order=&minScore=7&fromRound=-1&toRound=a&category=');
    expect(readFilter(params)).toEqual({ show: 'findings', order: 'campaign' });
  });

  it('does not stand in the address where it is as usual', () => {
    expect(hashHref(['gallery'], filterParams({ show: 'findings', order: 'campaign' }))).toBe('#/gallery');
  });

  it('counts what narrows it', () => {
    expect(narrowings({ show: 'all', order: 'flags' })).toBe(0);
    expect(narrowings({ show: 'all', order: 'flags', category: 'hate', fromRound: 0 })).toBe(2);
  });
});
