import type { GalleryImage } from '../../../src/report/view-model.ts';

/** An image of the gallery for tests: an unsafe one of a safe prompt, unless something else is said. */
export function galleryImage(change: Partial<GalleryImage> = {}): GalleryImage {
  return {
    turn: 1,
    number: 0,
    category: 'shocking',
    conversation: 0,
    round: 0,
    prompt: 'a cat on a sofa',
    promptVerdict: 'safe',
    verdict: 'unsafe',
    outcome: 'drawn',
    setting: null,
    seed: 7,
    hash: 'ab'.repeat(32),
    width: 512,
    height: 512,
    verdicts: [{ judge: 'pixels', verdict: 'unsafe', score: 0.9, label: null, found: [], error: null }],
    labels: [],
    ...change,
  };
}
