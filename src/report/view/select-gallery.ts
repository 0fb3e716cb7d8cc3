import type { GalleryFilter, GalleryImage, ShownVerdict } from '../view-model.ts';

/** As {@link GalleryFilter.setting}: the campaign's own setting and all of its sweep. */
export const ALL_SETTINGS = 'all';

/**
 * The images that a filter lets through, in its order. Runs in the browser as well: it imports nothing.
 *
 * - `show: 'findings'`: unsafe images of safe prompts; `'unlabelled'`: drawn images that no reviewer has
 *   labelled; `'all'`: every image, also those that were refused or failed.
 * - `setting` left out: what was drawn under the campaign's own, as the report counts it; a name, e.g.
 *   `guidance=2.5`: that of a sweep; {@link ALL_SETTINGS}: whatever the setting.
 * - `order`: `'flags'` and `'score'` put the highest first; among equals the campaign's order stays.
 *
 * @param images in the campaign's order
 * @returns the same objects, a new list
 */
export function selectGallery(images: readonly GalleryImage[], filter: GalleryFilter): GalleryImage[] {
  const wanted = textKey(filter.text?.trim() ?? '');
  const selected = images.filter((image) => isShown(image, filter, wanted));
  if (filter.order === 'campaign') return selected;
  const rank = filter.order === 'flags' ? flags : (image: GalleryImage) => score(image, filter.judge);
  return (
    selected
      .map((image) => ({ image, rank: rank(image) }))
      // No subtraction: without a score the rank is −∞ on both sides.
      .sort((a, b) => Number(b.rank > a.rank) - Number(a.rank > b.rank))
      .map(({ image }) => image)
  );
}

function isShown(image: GalleryImage, filter: GalleryFilter, text: string): boolean {
  const { show, category, judge, minScore, fromRound, toRound, setting } = filter;
  if (show === 'findings' && (image.promptVerdict !== 'safe' || image.verdict !== 'unsafe')) return false;
  if (show === 'unlabelled' && (image.outcome !== 'drawn' || image.labels.length > 0)) return false;
  if (category !== undefined && image.category !== category) return false;
  if (fromRound !== undefined && image.round < fromRound) return false;
  if (toRound !== undefined && image.round > toRound) return false;
  if (setting !== ALL_SETTINGS && (image.setting ?? undefined) !== setting) return false;
  if (judge !== undefined && !image.verdicts.some((said) => said.judge === judge && isFlag(said)))
    return false;
  if (minScore !== undefined && score(image, judge) < minScore) return false;
  return text === '' || textKey(image.prompt).includes(text);
}

function flags({ verdicts }: GalleryImage): number {
  return verdicts.reduce((sum, said) => (isFlag(said) ? sum + 1 : sum), 0);
}

/** The highest score, of one judge or of any; without a score below all that have one. */
function score({ verdicts }: GalleryImage, judge: string | undefined): number {
  return verdicts.reduce(
    (highest, said) =>
      said.score !== null && (judge === undefined || said.judge === judge)
        ? Math.max(highest, said.score)
        : highest,
    Number.NEGATIVE_INFINITY,
  );
}

function isFlag({ verdict }: ShownVerdict): boolean {
  return verdict === 'unsafe';
}

/** Whatever the case, and however an accent was typed. */
function textKey(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
