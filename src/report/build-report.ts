import type { VerdictRules } from '../config/schema.ts';
import { ruleFor } from '../config/verdict-rules.ts';
import { combineVerdicts } from '../judges/verdict.ts';
import { averageSelfBleu, tokenise } from '../metrics/self-bleu.ts';
import {
  type Combine,
  flagsOf,
  imageToxicity,
  imageVerdict,
  isFinding,
  type PromptRecord,
  promptToxicity,
  type VerdictsByJudge,
} from '../metrics/toxicity.ts';
import { listConversations } from '../store/campaigns.ts';
import { FolderImageStore } from '../store/image-store.ts';
import { listRevisions } from '../store/judge-revisions.ts';
import type { Database, Store } from '../store/open-store.ts';
import { readRecord, type TurnRecord } from '../store/record.ts';
import type { CampaignRow, VerdictRow } from '../store/schema.ts';
import { readCountedJudges } from './counted-judges.ts';
import { readRecordedCampaign } from './recorded-campaign.ts';
import type { Finding, MixedRevisions, ReportModel } from './report-model.ts';

/** What may be counted otherwise than the campaign says. */
export interface ReportOptions {
  /** A verdict rule other than the campaign's own. */
  readonly rule?: VerdictRules | undefined;
  /** Count only these judges; where none of them judges prompts (or images), all that do. */
  readonly judges?: readonly string[] | undefined;
}

/**
 * Computes a campaign's report from what is stored; asks no model.
 */
export async function buildReport(
  store: Store,
  campaign: CampaignRow,
  { rule, judges: only }: ReportOptions = {},
): Promise<ReportModel> {
  const record = await readRecord(store.database, campaign.id);
  const conversations = await listConversations(store.database, campaign.id);
  const categories = [
    ...new Map(
      conversations
        .toSorted((a, b) => a.categoryOrder - b.categoryOrder)
        .map(({ category, categoryOrder }) => [category, categoryOrder]),
    ).keys(),
  ];
  const { judges: recorded, target } = readRecordedCampaign(campaign.config);
  const { incomplete, ...counted } = await readCountedJudges(store.database, campaign);
  const judges = { prompt: chosen(counted.prompt, only), image: chosen(counted.image, only) };
  const applied = rule ?? recorded.verdict;
  const combine: Combine = (verdicts, subject) => combineVerdicts(verdicts, ruleFor(applied, subject));
  const prompts = record
    .map((entry) => withVerdictsOf(entry, judges))
    .map((entry) => ({ entry, prompt: toPromptRecord(entry) }));
  const options = { categories, promptJudges: judges.prompt, imageJudges: judges.image, combine };
  const records = prompts.map(({ prompt }) => prompt);
  const mixed = await readMixedRevisions(store.database, campaign.id, judges);

  return {
    schemaVersion: 1,
    campaign: {
      id: campaign.id,
      name: campaign.name,
      strategy: campaign.strategy,
      target,
      seed: campaign.seed,
      status: campaign.status,
      createdAt: campaign.createdAt.toISOString(),
      finishedAt: campaign.finishedAt?.toISOString() ?? null,
      artVersion: campaign.artVersion,
      rounds: campaign.rounds,
      imagesPerPrompt: campaign.imagesPerPrompt,
      verdict: applied,
      judges,
      config: campaign.config,
      simulated: campaign.simulated,
    },
    promptToxicity: promptToxicity(records, options),
    imageToxicity: imageToxicity(records, options),
    diversity: categories.map((category) => {
      const texts = record
        .filter(({ conversation }) => conversation.category === category)
        .map(({ turn }) => tokenise(turn.prompt));
      return {
        category,
        selfBleu: texts.length < 2 ? null : Number((1 - averageSelfBleu(texts)).toFixed(6)),
        cosSim: null,
      };
    }),
    ratios: [],
    rounds: [],
    settings: [],
    agreement: [],
    findings: prompts
      .filter(({ prompt }) => isFinding(prompt, combine))
      .map(({ entry, prompt }) => toFinding(entry, prompt, combine)),
    failures: conversations
      .filter(({ status }) => status === 'failed')
      .toSorted((a, b) => a.categoryOrder - b.categoryOrder || a.number - b.number)
      .map(({ category, number, failure }) => ({ category, conversation: number, failure })),
    imageFailures: imageFailuresOf(record),
    ...(incomplete.length === 0 ? {} : { incompleteJudges: incomplete }),
    ...(mixed.length === 0 ? {} : { mixedRevisions: mixed }),
  };
}

/** The names to be counted. */
function chosen(judges: readonly { readonly name: string }[], only: readonly string[] | undefined): string[] {
  const names = judges.map(({ name }) => name);
  const some = names.filter((name) => only === undefined || only.includes(name));
  return some.length === 0 ? names : some;
}

async function readMixedRevisions(
  database: Database,
  campaignId: string,
  judges: { readonly prompt: readonly string[]; readonly image: readonly string[] },
): Promise<MixedRevisions[]> {
  const counted = (await listRevisions(database, campaignId)).filter(
    ({ subject, judge }) => judges[subject].length === 0 || judges[subject].includes(judge),
  );
  return [...Map.groupBy(counted, ({ subject, judge }) => `${subject} ${judge}`).values()].flatMap((rows) => {
    const [first] = rows;
    if (first === undefined || rows.length === 1) return [];
    const { subject, judge } = first;
    return { subject, judge, revisions: rows.map(({ revision, verdicts }) => ({ revision, verdicts })) };
  });
}

/** A turn with what the counted judges said, and nobody else. */
function withVerdictsOf(
  entry: TurnRecord,
  judges: { readonly prompt: readonly string[]; readonly image: readonly string[] },
): TurnRecord {
  const of = (kind: 'prompt' | 'image', verdicts: readonly VerdictRow[]) =>
    // An older version may not have recorded its judges.
    judges[kind].length === 0 ? verdicts : verdicts.filter(({ judge }) => judges[kind].includes(judge));
  return {
    ...entry,
    promptVerdicts: of('prompt', entry.promptVerdicts),
    evaluation: entry.evaluation.map((image) => ({ ...image, verdicts: of('image', image.verdicts) })),
  };
}

function imageFailuresOf(record: readonly TurnRecord[]): ReportModel['imageFailures'] {
  const failed = record.flatMap(({ evaluation }) => evaluation.filter(({ row }) => row.outcome === 'failed'));
  const byReason = Map.groupBy(failed, ({ row }) => row.failure?.message);
  return [...byReason.values()]
    .map((images) => ({ failure: images[0]?.row.failure ?? null, images: images.length }))
    .toSorted((a, b) => b.images - a.images);
}

function toPromptRecord({ conversation, turn, promptVerdicts, evaluation }: TurnRecord): PromptRecord {
  return {
    category: conversation.category,
    verdicts: byJudge(promptVerdicts),
    stopped: turn.outcome === 'stopped',
    images: evaluation.map(({ row, verdicts }) => ({ outcome: row.outcome, verdicts: byJudge(verdicts) })),
  };
}

function toFinding(
  { conversation, turn, evaluation }: TurnRecord,
  prompt: PromptRecord,
  combine: Combine,
): Finding {
  const unsafe = evaluation.filter(
    ({ row, verdicts }) =>
      imageVerdict({ outcome: row.outcome, verdicts: byJudge(verdicts) }, combine) === 'unsafe',
  );
  return {
    category: conversation.category,
    conversation: conversation.number,
    round: turn.round,
    prompt: turn.prompt,
    flags: flagsOf(prompt),
    unsafeImages: unsafe.length,
    images: evaluation.filter(({ row }) => row.outcome === 'drawn').length,
    examples: unsafe.flatMap(({ row, image, verdicts }) =>
      image === undefined
        ? []
        : [
            {
              number: row.number,
              seed: row.seed,
              hash: image.hash,
              file: new FolderImageStore('images').locate(image),
              flaggedBy: verdicts
                .filter(({ verdict }) => verdict === 'unsafe')
                .toSorted((a, b) => (a.judge < b.judge ? -1 : 1))
                .map(({ judge, score, label }) => ({ judge, score, label })),
            },
          ],
    ),
  };
}

function byJudge(verdicts: readonly VerdictRow[]): VerdictsByJudge {
  return Object.fromEntries(verdicts.map(({ judge, verdict }) => [judge, verdict]));
}
