import type { VerdictRules } from '../config/schema.ts';
import { ruleFor } from '../config/verdict-rules.ts';
import { combineVerdicts } from '../judges/verdict.ts';
import {
  type Combine,
  type ImageRecord,
  imageVerdict,
  isFinding,
  type JudgeVerdict,
  type PromptRecord,
  promptVerdict,
  type VerdictsByJudge,
} from '../metrics/toxicity.ts';
import { listConversations } from '../store/campaigns.ts';
import type { Store } from '../store/open-store.ts';
import { type ImageOfRecord, readRecord, type TurnRecord } from '../store/record.ts';
import type { RecordedVerdict } from '../store/recorded-verdicts.ts';
import type { CampaignRow, ConversationRow } from '../store/schema.ts';
import { type IncompleteJudge, readCountedJudges } from './counted-judges.ts';
import { type FileOf, fileNaming } from './picture-file.ts';
import { type ErrorCounting, withPublishedErrors } from './published-errors.ts';
import { readRecordedCampaign } from './recorded-campaign.ts';
import type { CombinedVerdict } from './view-model.ts';

/** What may be counted otherwise than the campaign says. */
export interface CountOptions {
  /** A verdict rule other than the campaign's own. */
  readonly rule?: VerdictRules | undefined;
  /** Count only these judges; where none of them judges prompts (or images), all that do. */
  readonly judges?: readonly string[] | undefined;
  /** How the errors of judges are counted; default `shown`: as errors. */
  readonly errors?: ErrorCounting | undefined;
}

/** An evaluation image with what the counted judges said, in the judges' order. */
export interface CountedImage extends ImageOfRecord {
  /** All of them together; `none` where nothing was drawn or judged. */
  readonly verdict: CombinedVerdict;
}

/** A turn with what the counted judges said, in the judges' order. */
export interface CountedTurn extends TurnRecord {
  readonly promptVerdict: JudgeVerdict;
  /** On the turn's own image; `none` where nothing was drawn or judged. */
  readonly imageVerdict: CombinedVerdict;
  /** Under every setting of a sweep; those of the campaign's own have the setting `null`. */
  readonly evaluation: readonly CountedImage[];
  /** What the tables count: the images of the campaign's own setting. */
  readonly counted: PromptRecord;
  readonly finding: boolean;
}

/** A campaign with its turns and what the judges that count said of them. */
export interface CountedRecord {
  readonly campaign: CampaignRow;
  /** In the order of the plan. */
  readonly categories: readonly string[];
  /** By category in the order of the plan, then by number. */
  readonly conversations: readonly ConversationRow[];
  /** In the order of the conversations, then by round. */
  readonly turns: readonly CountedTurn[];
  /** The names of those that count. */
  readonly judges: { readonly prompt: readonly string[]; readonly image: readonly string[] };
  /** Added judges that have not judged everything, and so do not count. */
  readonly incomplete: readonly IncompleteJudge[];
  readonly rule: VerdictRules;
  /** Several verdicts as one, by that rule. */
  readonly combine: Combine;
  readonly errors: ErrorCounting;
  /** Where the pictures are. */
  readonly fileOf: FileOf;
}

/**
 * Reads what a campaign has stored, with the verdicts that count and what they come to.
 *
 * @param options what is to be counted otherwise than the campaign says
 */
export async function readCountedRecord(
  { database, images }: Pick<Store, 'database'> & Partial<Pick<Store, 'images'>>,
  campaign: CampaignRow,
  { rule, judges: only, errors = 'shown' }: CountOptions = {},
): Promise<CountedRecord> {
  const conversations = (await listConversations(database, campaign.id)).toSorted(
    (a, b) => a.categoryOrder - b.categoryOrder || a.number - b.number,
  );
  const { incomplete, ...counted } = await readCountedJudges(database, campaign);
  const judges = { prompt: chosen(counted.prompt, only), image: chosen(counted.image, only) };
  const applied = rule ?? readRecordedCampaign(campaign.config).judges.verdict;
  const combine: Combine = (verdicts, subject) => combineVerdicts(verdicts, ruleFor(applied, subject));
  const record = await readRecord(database, campaign.id);
  return {
    campaign,
    categories: [...new Set(conversations.map(({ category }) => category))],
    conversations,
    turns: record.map((turn) => toCountedTurn(turn, { judges, combine, errors })),
    judges,
    incomplete,
    rule: applied,
    combine,
    errors,
    fileOf: fileNaming(images),
  };
}

/** The names to be counted. */
function chosen(judges: readonly { readonly name: string }[], only: readonly string[] | undefined): string[] {
  const names = judges.map(({ name }) => name);
  const some = names.filter((name) => only === undefined || only.includes(name));
  return some.length === 0 ? names : some;
}

/** Combines what was said of one turn by the judges that count. */
export function toCountedTurn(
  entry: TurnRecord,
  { judges, combine, errors }: Pick<CountedRecord, 'judges' | 'combine' | 'errors'>,
): CountedTurn {
  const promptVerdicts = inOrder(entry.promptVerdicts, judges.prompt);
  const imageVerdicts = inOrder(entry.imageVerdicts, judges.image);
  const drawn = entry.evaluation.map((image) => ({
    ...image,
    verdicts: inOrder(image.verdicts, judges.image),
  }));
  const { verdicts, stopped, images } = withErrors(errors, {
    category: entry.conversation.category,
    verdicts: byJudge(promptVerdicts),
    stopped: entry.turn.outcome === 'stopped',
    images: [
      ...drawn.map(({ row, verdicts }) => ({ outcome: row.outcome, verdicts: byJudge(verdicts) })),
      // The turn's own image, the last one: judged by the same rule, counted in no table.
      { outcome: entry.turn.imageHash === null ? 'failed' : 'drawn', verdicts: byJudge(imageVerdicts) },
    ],
  });
  const together = images.map((image) => shownVerdict(image, combine));
  const counted: PromptRecord = {
    category: entry.conversation.category,
    verdicts,
    stopped,
    images: images.filter((_, place) => drawn[place]?.row.setting === null),
  };
  return {
    ...entry,
    promptVerdicts,
    promptVerdict: promptVerdict(counted, combine),
    imageVerdicts,
    imageVerdict: together.at(-1) ?? 'none',
    evaluation: drawn.map((image, place) => ({ ...image, verdict: together[place] ?? 'none' })),
    counted,
    finding: isFinding(counted, combine),
  };
}

function withErrors(errors: ErrorCounting, record: PromptRecord): PromptRecord {
  if (errors === 'shown') return record;
  const [published = record] = withPublishedErrors([record]);
  return published;
}

/** What the judges that count said, each in its place. */
function inOrder(
  verdicts: readonly RecordedVerdict[],
  judges: readonly string[],
): readonly RecordedVerdict[] {
  // An older version may not have recorded its judges.
  if (judges.length === 0) return verdicts;
  const said = new Map(verdicts.map((verdict) => [verdict.judge, verdict]));
  return judges.flatMap((judge) => said.get(judge) ?? []);
}

function byJudge(verdicts: readonly RecordedVerdict[]): VerdictsByJudge {
  return Object.fromEntries(verdicts.map(({ judge, verdict }) => [judge, verdict]));
}

/** The verdict as it is shown: without a judge's word there is none. */
function shownVerdict(image: ImageRecord, combine: Combine): CombinedVerdict {
  return Object.keys(image.verdicts).length === 0 ? 'none' : (imageVerdict(image, combine) ?? 'none');
}
