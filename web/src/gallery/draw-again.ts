import type { GalleryImage } from '../../../src/report/view-model.ts';

/**
 * All that is needed to draw an image again, as JSON: the prompt, the seed, and the target's settings with
 * those of the sweep that it was drawn under.
 *
 * @param image - the prompt, its seed and its setting
 * @param target - the target as the campaign recorded it; holds no secret
 */
export function drawAgain(
  { prompt, seed, setting }: Pick<GalleryImage, 'prompt' | 'seed' | 'setting'>,
  target: Readonly<Record<string, unknown>>,
): string {
  const [name, value] = setting?.split(/=(.*)/s) ?? [];
  const swept =
    name === undefined || value === undefined ? {} : { [name]: name === 'guidance' ? Number(value) : value };
  return JSON.stringify({ prompt, seed, target: { ...target, ...swept } }, undefined, 2);
}
