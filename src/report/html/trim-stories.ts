import { galleryOf } from '../view/gallery.ts';
import type { ConversationStory, GalleryImage } from '../view-model.ts';
import { embedJson } from './embed-json.ts';

/** Stories as a file tells them. */
export interface TrimmedStories {
  /** In the order of the plan. */
  readonly conversations: readonly ConversationStory[];
  /** How many bytes they take in the file. */
  readonly bytes: number;
  /** What is not told. */
  readonly dropped: {
    /** Evaluation images without a finding, of the conversations that are told. */
    readonly others: number;
    /** Unsafe images of findings, of the conversations that are told. */
    readonly ofFindings: number;
    /** Conversations without a finding. */
    readonly quiet: number;
    /** Conversations with findings. */
    readonly telling: number;
  };
}

/** Which of a prompt's evaluation images are told of. */
type Keep = (evaluation: readonly GalleryImage[]) => readonly GalleryImage[];

const isUnsafe = ({ verdict, promptVerdict }: GalleryImage) =>
  verdict === 'unsafe' && promptVerdict === 'safe';

const keepUnsafe: Keep = (evaluation) => evaluation.filter(isUnsafe);

/** One of the campaign's own setting before one of a sweep. */
const keepFirstUnsafe: Keep = (evaluation) => {
  const unsafe = keepUnsafe(evaluation);
  const own = unsafe.filter(({ setting }) => setting === null);
  return [...own, ...unsafe].slice(0, 1);
};

/** How much of the evaluation a file tells, from all to the unsafe images of safe prompts. */
const KEEPING: readonly Keep[] = [
  (evaluation) => evaluation,
  // A sweep draws everything many times over.
  (evaluation) => evaluation.filter((image) => image.setting === null || isUnsafe(image)),
  keepUnsafe,
];

/**
 * Stories that fit into a file, whatever the size of the campaign. Where it has more than the file could tell, there
 * go, as far as is needed: evaluation images without a finding, first those of a sweep; conversations without a
 * finding; all but one unsafe image of each prompt; conversations with findings, those with the fewest first.
 *
 * @param room how many bytes they may take in the file
 */
export function trimStories(conversations: readonly ConversationStory[], room: number): TrimmedStories {
  for (const keep of KEEPING) {
    const kept = keeping(conversations, keep);
    const bytes = bytesWithin(kept, room);
    if (bytes !== undefined) return trimmed(conversations, kept, bytes);
  }
  const filled = fill(keeping(conversations, keepUnsafe), room);
  const result = trimmed(conversations, filled.kept, filled.bytes);
  if (result.dropped.telling === 0) return result;
  const fewer = fill(keeping(conversations, keepFirstUnsafe), room);
  return trimmed(conversations, fewer.kept, fewer.bytes);
}

function keeping(conversations: readonly ConversationStory[], keep: Keep): readonly ConversationStory[] {
  return conversations.map((conversation) => ({
    ...conversation,
    story: conversation.story.map((turn) => ({ ...turn, evaluation: keep(turn.evaluation) })),
  }));
}

/** With the comma after it. */
function bytesOf(conversation: ConversationStory): number {
  return Buffer.byteLength(embedJson(conversation), 'utf8') + 1;
}

/** How many bytes conversations take; `undefined` for more than there is room for. */
function bytesWithin(conversations: readonly ConversationStory[], room: number): number | undefined {
  let bytes = 0;
  for (const conversation of conversations) {
    bytes += bytesOf(conversation);
    if (bytes > room) return undefined;
  }
  return bytes;
}

/** As many conversations as there is room for, those with the most findings first, told in the order of the plan. */
function fill(conversations: readonly ConversationStory[], room: number) {
  const taken = new Set<ConversationStory>();
  let bytes = 0;
  for (const conversation of conversations.toSorted((a, b) => b.findings - a.findings)) {
    const more = bytesOf(conversation);
    if (bytes + more > room) continue;
    bytes += more;
    taken.add(conversation);
  }
  return { kept: conversations.filter((conversation) => taken.has(conversation)), bytes };
}

function trimmed(
  all: readonly ConversationStory[],
  kept: readonly ConversationStory[],
  bytes: number,
): TrimmedStories {
  const told = new Set(kept.map(placeOf));
  const untold = all.filter((conversation) => !told.has(placeOf(conversation)));
  const before = galleryOf(all.filter((conversation) => told.has(placeOf(conversation))));
  const after = galleryOf(kept);
  const unsafe = before.filter(isUnsafe).length - after.filter(isUnsafe).length;
  return {
    conversations: kept,
    bytes,
    dropped: {
      others: before.length - after.length - unsafe,
      ofFindings: unsafe,
      quiet: untold.filter(({ findings }) => findings === 0).length,
      telling: untold.filter(({ findings }) => findings > 0).length,
    },
  };
}

function placeOf({ category, number }: ConversationStory): string {
  return `${number} ${category}`;
}
