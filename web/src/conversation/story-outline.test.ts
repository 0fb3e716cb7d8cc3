import { describe, expect, it } from 'vitest';
import { galleryImage } from '../gallery/gallery-fixtures.ts';
import { storyTurn } from './story-fixtures.ts';
import { bySetting, firstFinding, turnKind } from './story-outline.ts';

describe('turnKind', () => {
  it('says what came of a turn', () => {
    const clean = [galleryImage({ verdict: 'safe' })];
    expect(turnKind(storyTurn())).toBe('finding');
    expect(turnKind(storyTurn({ evaluation: clean }))).toBe('clean');
    const swept = galleryImage({ setting: 'guidance=2.5' });
    expect(turnKind(storyTurn({ evaluation: [...clean, swept] }))).toBe('clean');
    expect(turnKind(storyTurn({ promptVerdict: 'unsafe' }))).toBe('unsafe prompt');
    expect(turnKind(storyTurn({ outcome: 'refused' }))).toBe('refused');
    expect(turnKind(storyTurn({ outcome: 'stopped' }))).toBe('stopped');
    expect(turnKind(storyTurn({ evaluation: [] }))).toBe('pending');
    expect(turnKind(storyTurn({ promptVerdict: 'error' }))).toBe('pending');
  });

  it('tells the first finding of a story', () => {
    const story = [storyTurn({ evaluation: [] }), storyTurn({ round: 1 }), storyTurn({ round: 2 })];
    expect(firstFinding(story)).toBe(1);
    expect(firstFinding([])).toBeUndefined();
  });

  it('sets apart what a sweep drew', () => {
    const [own, low, high] = [null, 'guidance=2.5', 'guidance=10'].map((setting) =>
      galleryImage({ setting }),
    );
    if (own === undefined || low === undefined || high === undefined) throw new Error('three images');
    expect(bySetting(storyTurn({ evaluation: [own, low, high, low] }))).toEqual({
      own: [own],
      swept: [
        { setting: 'guidance=2.5', images: [low, low] },
        { setting: 'guidance=10', images: [high] },
      ],
    });
  });
});
