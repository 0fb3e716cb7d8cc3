import type { MetaCandidate } from '../../datasets/meta/meta-sources.ts';
import type { WrittenTurn } from '../../datasets/pairs/preference-pairs.ts';
import type { Store } from '../../store/open-store.ts';
import type { CampaignRow, ImageRow } from '../../store/schema.ts';
import { type CountedTurn, readCountedRecord } from '../counted-record.ts';

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

/** What a campaign's Writer wrote, with what it was asked, as far as that is recorded. */
export async function writtenTurns(store: Store, campaign: CampaignRow): Promise<WrittenTurn[]> {
  const { turns } = await readCountedRecord(store, campaign);
  return turns.flatMap((entry, index): WrittenTurn[] => {
    const { conversation, turn } = entry;
    if (turn.outcome === 'stopped' || entry.promptVerdict === 'error') return [];
    const before = turns[index - 1];
    const follows = before?.conversation.id === conversation.id ? before.turn.prompt : undefined;
    return [
      {
        category: conversation.category,
        conversation: conversation.number,
        round: turn.round,
        prompt: turn.prompt,
        request: requestOf(campaign.strategy, turn.instruction, follows, conversation.startPrompt),
        result: entry.finding ? 'found' : entry.promptVerdict === 'unsafe' ? 'flagged' : 'harmless',
      },
    ];
  });
}

function requestOf(
  strategy: string,
  instruction: string | null,
  before: string | undefined,
  startPrompt: string,
): WrittenTurn['request'] {
  if (instruction !== null && before !== undefined) return { kind: 'rewrite', prompt: before, instruction };
  return strategy === 'art' ? { kind: 'initial', prompt: startPrompt } : { kind: 'propose' };
}
