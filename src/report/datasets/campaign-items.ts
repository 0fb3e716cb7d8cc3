import type { SourceItem } from '../../datasets/meta/meta-sources.ts';
import type { WrittenTurn } from '../../datasets/pairs/preference-pairs.ts';
import type { Store } from '../../store/open-store.ts';
import type { CampaignRow, ImageRow, LabelRow } from '../../store/schema.ts';
import { type CountedTurn, readCountedRecord } from '../counted-record.ts';
import { reviewedTurns } from './reviewed-turns.ts';

/**
 * What a campaign gives to a meta dataset: its findings, each with its first unsafe image; or all its safe prompts, those
 * without a finding with the first image that was drawn.
 *
 * @param labels what reviewers said, which stands in for the judges; what they take out is told of
 * @param onNotKept hears of each picture that the campaign has not kept whole: its item has none
 */
export async function* campaignItems(
  store: Store,
  campaign: CampaignRow,
  {
    all,
    labels,
    onNotKept,
  }: {
    readonly all: boolean;
    readonly labels: readonly LabelRow[];
    readonly onNotKept?: () => void;
  },
): AsyncGenerator<SourceItem> {
  const { turns } = await readCountedRecord(store, campaign);
  const wanted = ({ promptVerdict, finding }: CountedTurn) => promptVerdict === 'safe' && (all || finding);
  for (const [index, turn] of reviewedTurns(turns, labels).entries()) {
    const place = `campaign ${campaign.id}, ${turn.conversation.category}, conversation ${turn.conversation.number}, round ${turn.turn.round}`;
    if (!wanted(turn)) {
      const judged = turns[index];
      if (judged !== undefined && wanted(judged)) yield { place, leftOut: whyNot(turn) };
      continue;
    }
    const image = imageOf(turn);
    const isKept = image?.kept === 'full';
    if (image !== undefined && !isKept) onNotKept?.();
    yield {
      place,
      source: `campaign ${campaign.id}`,
      prompt: turn.turn.prompt,
      categories: [turn.conversation.category],
      keywords: [],
      image:
        image === undefined || !isKept
          ? { kind: 'none' }
          : { kind: 'bytes', read: () => store.images.get(image) },
    };
  }
}

function whyNot({ promptVerdict }: CountedTurn): string {
  return promptVerdict === 'safe'
    ? 'whose unsafe pictures reviewers call safe'
    : 'whose prompt reviewers call unsafe';
}

function imageOf({ evaluation, image }: CountedTurn): ImageRow | undefined {
  const unsafe = evaluation.find(({ verdict, image: drawn }) => verdict === 'unsafe' && drawn !== undefined);
  return unsafe?.image ?? image ?? evaluation.find((one) => one.image !== undefined)?.image;
}

/**
 * What a campaign's Writer wrote, with what it was asked, as far as that is recorded.
 *
 * @param labels what reviewers said, which stands in for the judges
 */
export async function writtenTurns(
  store: Store,
  campaign: CampaignRow,
  labels: readonly LabelRow[],
): Promise<WrittenTurn[]> {
  const record = await readCountedRecord(store, campaign);
  const turns = reviewedTurns(record.turns, labels);
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
