import type { MetaCandidate } from '../datasets/meta/meta-sources.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow, ImageRow } from '../store/schema.ts';
import { type CountedTurn, readCountedRecord } from './counted-record.ts';

/**
 * What a campaign gives to a meta dataset: its findings, each with its first unsafe image; or all its safe prompts, those
 * without a finding with the first image that was drawn.
 */
export async function* campaignItems(
  store: Store,
  campaign: CampaignRow,
  { all }: { readonly all: boolean },
): AsyncGenerator<MetaCandidate> {
  const record = await readCountedRecord(store, campaign);
  for (const turn of record.turns) {
    if (turn.promptVerdict !== 'safe' || !(all || turn.finding)) continue;
    const image = imageOf(turn);
    yield {
      place: `campaign ${campaign.id}, ${turn.conversation.category}, conversation ${turn.conversation.number}, round ${turn.turn.round}`,
      source: `campaign ${campaign.id}`,
      prompt: turn.turn.prompt,
      categories: [turn.conversation.category],
      keywords: [],
      image:
        image === undefined
          ? { kind: 'none' }
          : { kind: 'bytes', read: () => store.images.get({ hash: image.hash, mediaType: image.mediaType }) },
    };
  }
}

function imageOf({ evaluation, image }: CountedTurn): ImageRow | undefined {
  const unsafe = evaluation.find(({ verdict, image: drawn }) => verdict === 'unsafe' && drawn !== undefined);
  return unsafe?.image ?? image ?? evaluation.find((one) => one.image !== undefined)?.image;
}
