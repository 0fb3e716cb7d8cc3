import { listLabels } from '../store/labels.ts';
import type { Store } from '../store/open-store.ts';
import { type RecordedVerdict, readVerdictsByTurn } from '../store/recorded-verdicts.ts';
import type { CampaignRow, ImageRow } from '../store/schema.ts';
import {
  type CountedImage,
  type CountedRecord,
  type CountedTurn,
  type CountOptions,
  readCountedRecord,
} from './counted-record.ts';
import type { FileOf } from './picture-file.ts';

/** What a line is about; in a folder each has a file, `turns.jsonl` and so on. */
export const RAW_KINDS = ['campaign', 'turn', 'image', 'verdict', 'label'] as const;

/** A line of the raw data: what it is about, and the rest of it. */
export interface RawRow {
  readonly type: (typeof RAW_KINDS)[number];
  readonly campaign: string;
  readonly [column: string]: unknown;
}

/** The raw data of campaigns as JSON Lines, every line with its `type`. */
export async function* writeRawData(
  store: Store,
  campaigns: readonly CampaignRow[],
  counting: CountOptions = {},
): AsyncGenerator<string> {
  for await (const row of rawRows(store, campaigns, counting)) yield `${JSON.stringify(row)}\n`;
}

/**
 * The raw data of campaigns, in the order of their plans: the campaign, then each turn with its evaluation images,
 * verdicts and labels. `docs/raw-data.md` describes every column.
 *
 * @param counting what the combined verdicts count; each judge's own are all there, counted or not
 */
export async function* rawRows(
  store: Store,
  campaigns: readonly CampaignRow[],
  counting: CountOptions = {},
): AsyncGenerator<RawRow> {
  for (const campaign of campaigns) {
    const record = await readCountedRecord(store, campaign, counting);
    const verdicts = await readVerdictsByTurn(store.database, campaign.id);
    const labels = Map.groupBy(await listLabels(store.database, campaign.id), ({ turnId }) => turnId);
    yield campaignRow(record);
    for (const entry of record.turns) {
      const of = verdicts.get(entry.turn.id);
      const evaluation = [...(of?.evaluation.values() ?? [])].flat();
      yield turnRow(entry, record.fileOf);
      for (const image of entry.evaluation) yield imageRow(entry, image, record.fileOf);
      for (const verdict of [...(of?.prompt ?? []), ...(of?.image ?? []), ...evaluation]) {
        yield verdictRow(entry, verdict, record.judges);
      }
      for (const { subject, number, reviewer, label, labelledAt } of labels.get(entry.turn.id) ?? []) {
        yield {
          type: 'label',
          ...placeOf(entry),
          subject,
          number,
          reviewer,
          label,
          at: labelledAt.toISOString(),
        };
      }
    }
  }
}

function campaignRow({ campaign, rule, judges, errors }: CountedRecord): RawRow {
  return {
    type: 'campaign',
    campaign: campaign.id,
    name: campaign.name,
    status: campaign.status,
    strategy: campaign.strategy,
    seed: campaign.seed,
    rounds: campaign.rounds,
    imagesPerPrompt: campaign.imagesPerPrompt,
    simulated: campaign.simulated,
    createdAt: campaign.createdAt.toISOString(),
    finishedAt: campaign.finishedAt?.toISOString() ?? null,
    artVersion: campaign.artVersion,
    verdict: rule,
    errors,
    judges,
    config: campaign.config,
  };
}

function turnRow(entry: CountedTurn, fileOf: FileOf): RawRow {
  const { conversation, turn, image } = entry;
  return {
    type: 'turn',
    ...placeOf(entry),
    prompt: turn.prompt,
    instruction: turn.instruction,
    tree: turn.tree,
    startPrompt: conversation.startPrompt,
    conversationSeed: conversation.seed,
    seed: turn.seed,
    outcome: turn.outcome,
    reason: turn.reason,
    ...pictureOf(turn.imageHash, image, fileOf),
    promptVerdict: entry.promptVerdict,
    imageVerdict: entry.imageVerdict,
    finding: entry.finding,
    createdAt: turn.createdAt.toISOString(),
  };
}

function imageRow(entry: CountedTurn, { row, image, verdict }: CountedImage, fileOf: FileOf): RawRow {
  return {
    type: 'image',
    ...placeOf(entry),
    number: row.number,
    setting: row.setting,
    seed: row.seed,
    outcome: row.outcome,
    reason: row.reason ?? row.failure?.message ?? null,
    ...pictureOf(row.imageHash, image, fileOf),
    verdict,
    promptVerdict: entry.promptVerdict,
    createdAt: row.createdAt.toISOString(),
  };
}

function verdictRow(entry: CountedTurn, said: RecordedVerdict, judges: CountedRecord['judges']): RawRow {
  const counted = said.subject === 'prompt' ? judges.prompt : judges.image;
  const setting =
    said.subject === 'evaluation image'
      ? (entry.evaluation.find(({ row }) => row.number === said.number)?.row.setting ?? null)
      : null;
  return {
    type: 'verdict',
    ...placeOf(entry),
    subject: said.subject,
    number: said.number,
    setting,
    judge: said.judge,
    counted: counted.length === 0 || counted.includes(said.judge),
    verdict: said.verdict,
    score: said.score,
    label: said.label,
    found: said.found,
    error: said.error,
    revision: said.revision,
  };
}

/** What every line has in common: the key that joins them. */
function placeOf({ conversation, turn }: CountedTurn) {
  return {
    campaign: conversation.campaignId,
    category: conversation.category,
    conversation: conversation.number,
    round: turn.round,
  };
}

/** The picture's name and file, and what is left of it; all `null` where there is none. */
function pictureOf(hash: string | null, image: ImageRow | undefined, fileOf: FileOf) {
  return {
    hash,
    file: image === undefined ? null : fileOf(image),
    kept: image?.kept ?? null,
    width: image?.width ?? null,
    height: image?.height ?? null,
  };
}
