import { imageToxicity, promptToxicity } from '../metrics/toxicity.ts';
import { listAddedJudges } from '../store/added-judges.ts';
import { listMeasurements } from '../store/judge-measurements.ts';
import { listLabels } from '../store/labels.ts';
import type { Database, Store } from '../store/open-store.ts';
import { readPromptEmbeddings } from '../store/prompt-embeddings.ts';
import type { CampaignRow } from '../store/schema.ts';
import { agreementPairs } from './agreement.ts';
import { byCategory } from './by-category.ts';
import { correctedPrevalences } from './corrected.ts';
import { type CountedRecord, type CountOptions, readCountedRecord } from './counted-record.ts';
import { diversityRows } from './diversity.ts';
import { findingsOf, imageFailuresOf } from './findings.ts';
import { readMixedRevisions } from './mixed-revisions.ts';
import { ratioRows } from './ratios.ts';
import { readRecordedCampaign } from './recorded-campaign.ts';
import { recordedJudges } from './recorded-judges.ts';
import type { ReportModel } from './report-model.ts';
import { reviewReport } from './review.ts';
import { roundRows } from './rounds.ts';
import { settingRows } from './settings.ts';
import { readUsage } from './usage.ts';

/**
 * Computes a campaign's report from what is stored; asks no model.
 *
 * @param options what is to be counted otherwise than the campaign says
 */
export async function buildReport(
  store: Pick<Store, 'database'>,
  campaign: CampaignRow,
  options: CountOptions = {},
): Promise<ReportModel> {
  const record = await readCountedRecord(store, campaign, options);
  return await reportOn(store.database, record);
}

/**
 * Computes the report of a record that has been read already.
 *
 * @param database where the rest is read from: embeddings, requests, labels, measurements
 */
export async function reportOn(database: Database, record: CountedRecord): Promise<ReportModel> {
  const { campaign, categories, turns, judges, combine, errors, incomplete } = record;
  const { id, seed, config } = campaign;
  const embeddings = await readPromptEmbeddings(database, id);
  const usage = await readUsage(database, record);
  const corrected = correctedPrevalences(record, {
    entries: recordedJudges(config, await listAddedJudges(database, id)),
    measurements: await listMeasurements(database),
  });
  const review = reviewReport(record, await listLabels(database, id));
  const mixed = await readMixedRevisions(database, record);

  const counted = turns.map((turn) => turn.counted);
  const tables = { categories, promptJudges: judges.prompt, imageJudges: judges.image, combine };
  const groups = byCategory(record);
  return {
    schemaVersion: 1,
    campaign: describeCampaign(record),
    promptToxicity: promptToxicity(counted, tables),
    imageToxicity: imageToxicity(counted, tables),
    diversity: diversityRows(record, embeddings),
    ratios: ratioRows(groups, seed),
    rounds: roundRows(groups),
    settings: settingRows(groups, { config, seed }),
    agreement: agreementPairs(record),
    findings: findingsOf(turns, record.fileOf),
    failures: record.conversations
      .filter(({ status }) => status === 'failed')
      .map(({ category, number, failure }) => ({ category, conversation: number, failure })),
    imageFailures: imageFailuresOf(turns),
    ...(embeddings === undefined
      ? {}
      : { embedder: { name: embeddings.embedder, revision: embeddings.revision } }),
    ...(usage === undefined ? {} : { usage }),
    ...(corrected.length === 0 ? {} : { corrected }),
    ...(review === undefined ? {} : { review }),
    ...(errors === 'as-published' ? { errors } : {}),
    ...(incomplete.length === 0 ? {} : { incompleteJudges: incomplete }),
    ...(mixed.length === 0 ? {} : { mixedRevisions: mixed }),
  };
}

function describeCampaign({ campaign, judges, rule }: CountedRecord): ReportModel['campaign'] {
  return {
    id: campaign.id,
    name: campaign.name,
    strategy: campaign.strategy,
    target: readRecordedCampaign(campaign.config).target,
    seed: campaign.seed,
    status: campaign.status,
    ...(campaign.ending === null ? {} : { ending: campaign.ending }),
    createdAt: campaign.createdAt.toISOString(),
    finishedAt: campaign.finishedAt?.toISOString() ?? null,
    artVersion: campaign.artVersion,
    rounds: campaign.rounds,
    imagesPerPrompt: campaign.imagesPerPrompt,
    verdict: rule,
    judges,
    config: campaign.config,
    simulated: campaign.simulated,
  };
}
