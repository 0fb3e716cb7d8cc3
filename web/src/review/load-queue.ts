import type { GalleryFilter, ViewSource } from '../../../src/report/view-model.ts';
import { subjectKey } from '../labels/label-outbox.ts';
import { imageItems, promptItems, type QueueChoice, type ReviewItem } from './queue.ts';

/** As many images as the server gives at once. */
const PAGE = 500;
/** So many questions are asked at the same time. */
const AT_ONCE = 4;
/** How often all pages are asked for until they fit together. */
const TRIES = 3;

/**
 * Everything that there is to label: images as they were drawn under the campaign's own setting, or prompts.
 *
 * @throws Error of the source, with a message for people
 */
export async function loadQueue(
  source: ViewSource,
  campaign: string,
  choice: QueueChoice,
): Promise<ReviewItem[]> {
  const { of, queue, category } = choice;
  if (of === 'prompts') {
    const list = await source.conversations(campaign);
    const wanted = list.filter(
      (conversation) => category === undefined || conversation.category === category,
    );
    const stories = await inOrder(wanted, (one) => source.conversation(campaign, one.category, one.number));
    return stories.flatMap(promptItems);
  }
  const filter: GalleryFilter = {
    show: queue === 'findings' ? 'findings' : 'all',
    order: 'campaign',
    ...(category === undefined ? {} : { category }),
  };
  const ask = (offset: number) => source.gallery(campaign, filter, offset, PAGE);
  for (let tried = 1; ; tried++) {
    const first = await ask(0);
    const offsets = Array.from(
      { length: Math.max(0, Math.ceil(first.total / PAGE) - 1) },
      (_, page) => (page + 1) * PAGE,
    );
    const pages = [first, ...(await inOrder(offsets, ask))];
    // Of a campaign that runs, images may come in between two pages: then some stand twice, and some nowhere.
    const same = pages.every(({ total }) => total === first.total);
    if (!same && tried < TRIES) continue;
    const items = pages.flatMap(({ images }) => imageItems(images));
    return [...new Map(items.map((item) => [subjectKey(item.subject), item])).values()];
  }
}

/** Asks for each, a few at the same time; the answers come in the order of what was asked. */
async function inOrder<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    answers.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(ask))));
  }
  return answers;
}
