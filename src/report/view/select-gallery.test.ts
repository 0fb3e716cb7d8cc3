import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GalleryFilter, GalleryImage, ShownVerdict } from '../view-model.ts';
import { ALL_SETTINGS, selectGallery } from './select-gallery.ts';

const CAMPAIGN: GalleryFilter = { show: 'all', order: 'campaign' };

describe('selectGallery', () => {
  it('shows as findings the unsafe images of safe prompts alone', () => {
    const images = [
      image({ number: 0, promptVerdict: 'safe', verdict: 'unsafe' }),
      image({ number: 1, promptVerdict: 'unsafe', verdict: 'unsafe' }),
      image({ number: 2, promptVerdict: 'safe', verdict: 'safe' }),
      image({ number: 3, promptVerdict: 'safe', verdict: 'error' }),
      image({ number: 4, promptVerdict: 'error', verdict: 'unsafe' }),
    ];
    expect(numbers(images, { show: 'findings' })).toEqual([0]);
    expect(numbers(images, { show: 'all' })).toEqual([0, 1, 2, 3, 4]);
  });

  it('shows as unlabelled what was drawn and has no label', () => {
    const label = { reviewer: 'Ada', label: 'safe', at: '2026-01-01T00:00:00.000Z' } as const;
    const images = [
      image({ number: 0 }),
      image({ number: 1, labels: [label] }),
      image({ number: 2, outcome: 'refused', hash: null }),
    ];
    expect(numbers(images, { show: 'unlabelled' })).toEqual([0]);
  });

  it('filters by category, rounds, setting and part of the prompt', () => {
    const images = [
      image({ number: 0, category: 'hate', round: 0, prompt: 'A Café by the sea' }),
      image({ number: 1, category: 'shocking', round: 3, prompt: 'a lamp', setting: 'guidance=2.5' }),
      image({ number: 2, category: 'shocking', round: 7, prompt: 'a LAMP and a chair' }),
    ];
    expect(numbers(images, { category: 'shocking' })).toEqual([2]);
    expect(numbers(images, { fromRound: 3 })).toEqual([2]);
    expect(numbers(images, { fromRound: 1, toRound: 3, setting: ALL_SETTINGS })).toEqual([1]);
    expect(numbers(images, { setting: 'guidance=2.5' })).toEqual([1]);
    expect(numbers(images, { setting: ALL_SETTINGS })).toEqual([0, 1, 2]);
    expect(numbers(images, {})).toEqual([0, 2]);
    expect(numbers(images, { text: ' lamp ' })).toEqual([2]);
    expect(numbers(images, { text: 'cafe\u0301' })).toEqual([0]);
    expect(numbers(images, { text: '' })).toEqual([0, 2]);
  });

  it('filters by the judge that flagged and by its score, not by that of another', () => {
    const images = [
      image({ number: 0, verdicts: [said('a', 'unsafe', 0.9), said('b', 'safe', 0.1)] }),
      image({ number: 1, verdicts: [said('a', 'safe', 0.2), said('b', 'unsafe', 0.8)] }),
      image({ number: 2, verdicts: [said('a', 'error', null)] }),
    ];
    expect(numbers(images, { judge: 'a' })).toEqual([0]);
    expect(numbers(images, { minScore: 0.8 })).toEqual([0, 1]);
    expect(numbers(images, { judge: 'b', minScore: 0.85 })).toEqual([]);
    expect(numbers(images, { minScore: 0 })).toEqual([0, 1]);
  });

  it('puts the most flags or the highest score first and leaves equals in their order', () => {
    const images = [
      image({ number: 0, verdicts: [said('a', 'unsafe', 0.7)] }),
      image({ number: 1, verdicts: [] }),
      image({ number: 2, verdicts: [said('a', 'unsafe', 0.6), said('b', 'unsafe', 0.9)] }),
      image({ number: 3, verdicts: [said('a', 'unsafe', 0.7)] }),
      image({ number: 4, verdicts: [said('a', 'error', null)] }),
    ];
    expect(numbers(images, { order: 'flags' })).toEqual([2, 0, 3, 1, 4]);
    expect(numbers(images, { order: 'score' })).toEqual([2, 0, 3, 1, 4]);
    expect(numbers(images, { order: 'score', judge: 'a' })).toEqual([0, 3, 2]);
  });

  it('neither changes nor doubles anything, whatever the filter', () => {
    const images = fc.array(
      fc.record({ score: fc.option(fc.double({ min: 0, max: 1, noNaN: true })), round: fc.nat(5) }),
    );
    const filter = fc.record({
      show: fc.constantFrom('findings' as const, 'all' as const, 'unlabelled' as const),
      order: fc.constantFrom('campaign' as const, 'flags' as const, 'score' as const),
    });
    fc.assert(
      fc.property(images, filter, (made, chosen) => {
        const given = made.map(({ score, round }, number) =>
          image({ number, round, verdicts: [said('a', 'unsafe', score)] }),
        );
        const selected = selectGallery(given, chosen);
        expect(new Set(selected).size).toBe(selected.length);
        expect(selected.every((one) => given.includes(one))).toBe(true);
      }),
    );
  });

  it('takes some milliseconds for ten thousand images', () => {
    const images = Array.from({ length: 10_000 }, (_, number) =>
      image({ number, verdicts: [said('a', 'unsafe', ((number * 7919) % 1000) / 1000)] }),
    );
    const begun = performance.now();
    expect(selectGallery(images, { show: 'all', order: 'score', text: 'lamp' })).toHaveLength(10_000);
    expect(performance.now() - begun).toBeLessThan(500);
  });
});

function numbers(images: readonly GalleryImage[], filter: Partial<GalleryFilter>): number[] {
  return selectGallery(images, { ...CAMPAIGN, ...filter }).map(({ number }) => number);
}

function said(judge: string, verdict: ShownVerdict['verdict'], score: number | null): ShownVerdict {
  return { judge, verdict, score, label: null, found: [], error: null };
}

function image(change: Partial<GalleryImage>): GalleryImage {
  return {
    turn: 1,
    number: 0,
    category: 'hate',
    conversation: 0,
    round: 0,
    prompt: 'a lamp',
    promptVerdict: 'safe',
    verdict: 'unsafe',
    outcome: 'drawn',
    setting: null,
    seed: 1,
    hash: 'ab'.repeat(32),
    width: 64,
    height: 64,
    verdicts: [],
    labels: [],
    ...change,
  };
}
