import type { CountedImage, CountedTurn } from '../counted-record.ts';
import { keptNote } from '../picture-file.ts';
import type { ConversationStory, GalleryImage, ShownLabel } from '../view-model.ts';
import { showVerdict } from './shown-verdict.ts';

/** An evaluation image with its place in the campaign, and the labels that reviewers gave it. */
export function toGalleryImage(
  { conversation, turn, promptVerdict }: CountedTurn,
  { row, image, verdicts, verdict }: CountedImage,
  labels: readonly ShownLabel[],
): GalleryImage {
  return {
    turn: turn.id,
    number: row.number,
    category: conversation.category,
    conversation: conversation.number,
    round: turn.round,
    prompt: turn.prompt,
    promptVerdict,
    verdict,
    outcome: row.outcome,
    setting: row.setting,
    seed: row.seed,
    hash: image?.hash ?? null,
    ...keptNote(image),
    width: image?.width ?? 0,
    height: image?.height ?? 0,
    verdicts: verdicts.map(showVerdict),
    labels,
  };
}

/** Every evaluation image, in the campaign's order. */
export function galleryOf(stories: readonly ConversationStory[]): GalleryImage[] {
  return stories.flatMap(({ story }) => story.flatMap(({ evaluation }) => evaluation));
}
