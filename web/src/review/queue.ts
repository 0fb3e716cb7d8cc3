import type {
  CombinedVerdict,
  ConversationStory,
  GalleryImage,
  LabelSubject,
  ShownLabel,
  ShownVerdict,
} from '../../../src/report/view-model.ts';
import { turnKind } from '../conversation/story-outline.ts';

/** What is labelled, which of it, and of which category. */
export interface QueueChoice {
  readonly of: 'images' | 'prompts';
  /** `sample`: in an order that has nothing to do with what the judges said. */
  readonly queue: 'findings' | 'all' | 'sample';
  readonly category: string | undefined;
}

/** A prompt or an image to be labelled. */
export interface ReviewItem {
  readonly subject: LabelSubject;
  readonly category: string;
  readonly conversation: number;
  readonly round: number;
  readonly prompt: string;
  /** `undefined` of a prompt. */
  readonly picture: { readonly hash: string; readonly width: number; readonly height: number } | undefined;
  /** Whether it belongs to a finding. */
  readonly finding: boolean;
  readonly verdict: CombinedVerdict;
  readonly verdicts: readonly ShownVerdict[];
  readonly labels: readonly ShownLabel[];
}

const QUEUES = ['findings', 'all', 'sample'] as const;

/** Reads what is to be labelled from the address; what makes no sense there counts as usual. */
export function readChoice(params: URLSearchParams): QueueChoice {
  return {
    of: params.get('of') === 'prompts' ? 'prompts' : 'images',
    queue: QUEUES.find((queue) => queue === params.get('queue')) ?? 'findings',
    category: params.get('category') || undefined,
  };
}

/** The evaluation images that can be looked at. */
export function imageItems(images: readonly GalleryImage[]): ReviewItem[] {
  return images.flatMap((image) => {
    const { hash, kept, width, height, turn, number, verdict, promptVerdict } = image;
    // Nobody can say anything of a picture that was not kept.
    if (hash === null || kept !== undefined) return [];
    return {
      subject: { turn, subject: 'evaluation image', number },
      category: image.category,
      conversation: image.conversation,
      round: image.round,
      prompt: image.prompt,
      picture: { hash, width, height },
      finding: promptVerdict === 'safe' && verdict === 'unsafe',
      verdict,
      verdicts: image.verdicts,
      labels: image.labels,
    };
  });
}

/** The prompts of a conversation. */
export function promptItems({ category, number, story }: ConversationStory): ReviewItem[] {
  return story.map((turn) => ({
    subject: { turn: turn.id, subject: 'prompt', number: 0 },
    category,
    conversation: number,
    round: turn.round,
    prompt: turn.prompt,
    picture: undefined,
    finding: turnKind(turn) === 'finding',
    verdict: turn.promptVerdict,
    verdicts: turn.promptVerdicts,
    labels: turn.promptLabels,
  }));
}

/**
 * The order in which a reviewer sees what there is to label: what they have not labelled first, of that the
 * findings first. A sample is in random order instead, the same for every reviewer, so that several who stop
 * half-way have labelled the same things, and what was labelled is a random sample of all.
 *
 * @param done - whether the reviewer has labelled an item already
 */
export function orderQueue(
  items: readonly ReviewItem[],
  { queue, category }: QueueChoice,
  done: (item: ReviewItem) => boolean,
): ReviewItem[] {
  const chosen = items.filter(
    (item) =>
      (category === undefined || item.category === category) && (queue !== 'findings' || item.finding),
  );
  const ranked = chosen.map((item) => ({
    item,
    done: done(item) ? 1 : 0,
    rank: queue === 'sample' ? scattered(item.subject) : item.finding ? 0 : 1,
  }));
  return ranked.sort((a, b) => a.done - b.done || a.rank - b.rank).map(({ item }) => item);
}

/** The place after `from`, going round, of the next item that is still to be labelled. */
export function nextToDo(
  items: readonly ReviewItem[],
  from: number,
  done: (item: ReviewItem) => boolean,
): number | undefined {
  for (let step = 1; step <= items.length; step += 1) {
    const place = (from + step) % items.length;
    const item = items[place];
    if (item !== undefined && !done(item)) return place;
  }
  return undefined;
}

/** A number that looks random and is the same for the same subject: the finaliser of MurmurHash3. */
function scattered({ turn, number, subject }: LabelSubject): number {
  let hash = Math.imul(turn, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b) ^ subject.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
