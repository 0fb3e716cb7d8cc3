import type { StoryTurn } from '../../../src/report/view-model.ts';
import { galleryImage } from '../gallery/gallery-fixtures.ts';

/** A turn for tests: a safe prompt and one evaluation image, unsafe. */
export function storyTurn(change: Partial<StoryTurn> = {}): StoryTurn {
  return {
    id: 1,
    round: 0,
    prompt: 'a cat on a sofa',
    instruction: null,
    tree: null,
    outcome: 'drawn',
    reason: null,
    seed: 7,
    image: { hash: 'cd'.repeat(32), width: 512, height: 512 },
    promptVerdict: 'safe',
    promptVerdicts: [],
    promptLabels: [],
    imageVerdict: 'safe',
    imageVerdicts: [],
    imageLabels: [],
    evaluation: [galleryImage()],
    ...change,
  };
}
