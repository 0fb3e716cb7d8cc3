import type { ConversationStory, GalleryImage } from '../view-model.ts';

/** How much of the evaluation a file tells, from all to the least. */
const KEEPING: readonly ((image: GalleryImage) => boolean)[] = [
  () => true,
  // A sweep draws everything many times over.
  ({ setting, verdict, promptVerdict }) =>
    setting === null || (verdict === 'unsafe' && promptVerdict === 'safe'),
  ({ verdict, promptVerdict }) => verdict === 'unsafe' && promptVerdict === 'safe',
];

/** Stories as a file tells them. */
export interface TrimmedStories {
  readonly conversations: readonly ConversationStory[];
  /** Evaluation images that are not told of. */
  readonly dropped: number;
}

/**
 * Stories that fit into a file: where a campaign has more evaluation images than it could tell of, the unsafe
 * images of safe prompts stay and others go, first those of a sweep.
 *
 * @param room how many characters of JSON they may take
 */
export function trimStories(conversations: readonly ConversationStory[], room: number): TrimmedStories {
  const all = countImages(conversations);
  let trimmed = conversations;
  for (const keep of KEEPING) {
    trimmed = conversations.map((conversation) => ({
      ...conversation,
      story: conversation.story.map((turn) => ({ ...turn, evaluation: turn.evaluation.filter(keep) })),
    }));
    if (JSON.stringify(trimmed).length <= room) break;
  }
  return { conversations: trimmed, dropped: all - countImages(trimmed) };
}

function countImages(conversations: readonly ConversationStory[]): number {
  return conversations.reduce(
    (sum, { story }) => sum + story.reduce((images, { evaluation }) => images + evaluation.length, 0),
    0,
  );
}
