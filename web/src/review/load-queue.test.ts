import { describe, expect, it } from 'vitest';
import type { ViewSource } from '../../../src/report/view-model.ts';
import { galleryImage } from '../gallery/gallery-fixtures.ts';
import { loadQueue } from './load-queue.ts';
import { readChoice } from './queue.ts';

const never = () => {
  throw new Error('not asked for');
};

describe('loadQueue', () => {
  it('asks for all pages and keeps their order', async () => {
    const images = Array.from({ length: 1_234 }, (_, turn) => galleryImage({ turn }));
    const asked: string[] = [];
    const source: ViewSource = {
      canLabel: true,
      campaigns: never,
      report: never,
      conversations: never,
      conversation: never,
      label: never,
      picture: never,
      watch: never,
      gallery: async (_campaign, { show, setting }, offset, limit) => {
        asked.push(`${show} ${setting} ${offset}`);
        return { total: images.length, offset, images: images.slice(offset, offset + limit) };
      },
    };
    const items = await loadQueue(source, 'x', readChoice(new URLSearchParams()));
    expect(items.map(({ subject }) => subject.turn)).toEqual(images.map(({ turn }) => turn));
    expect(asked).toEqual(['findings undefined 0', 'findings undefined 500', 'findings undefined 1000']);
  });
});
