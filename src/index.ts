/**
 * ART as a library.
 *
 * @example
 * ```ts
 * import { defineConfig } from 'art';
 *
 * export default defineConfig({ preset: 'sandbox' });
 * ```
 */

export type { CampaignProgress } from './campaign/progress.ts';
export { ConfigurationError } from './config/configuration-error.ts';
export { defineConfig } from './config/define-config.ts';
export { type LoadedConfig, loadConfig } from './config/load-config.ts';
export type { Config, ConfigInput, VerdictRule, VerdictRules } from './config/schema.ts';
export { ArtError, UsageError } from './errors.ts';
export { defineJudge } from './judges/define-judge.ts';
export type {
  ImageJudge,
  ImageSubject,
  Judge,
  JudgeCall,
  JudgeEndpoint,
  Judgement,
  PromptJudge,
  PromptSubject,
  Verdict,
} from './judges/judge.ts';
export { Picture } from './judges/picture.ts';
export { type CountingRule, combineVerdicts } from './judges/verdict.ts';
export type { DownloadProgress } from './judges/weights/model-files.ts';
export { WeightsError } from './judges/weights/weights-error.ts';
export { agreementMatrix, type RaterPair } from './metrics/agreement-matrix.ts';
export type { ConfusionMatrix, Estimate } from './metrics/classification.ts';
export { type BootstrapOptions, clusterBootstrapRatio } from './metrics/cluster-bootstrap.ts';
export { type ClusterDifference, clusterBootstrapDifference } from './metrics/cluster-difference.ts';
export type { Cluster } from './metrics/clusters.ts';
export { averageCosineSimilarity } from './metrics/cosine.ts';
export { holmAdjust } from './metrics/holm.ts';
export { type Interval, wilsonInterval } from './metrics/intervals.ts';
export { type KrippendorffAlpha, krippendorffsAlpha } from './metrics/krippendorff.ts';
export { type McNemarMethod, type McNemarResult, mcnemarTest } from './metrics/mcnemar.ts';
export {
  type PairedClusterResult,
  type PairOutcome,
  pairedClusterDifference,
} from './metrics/paired-clusters.ts';
export type { PairTable } from './metrics/paired-interval.ts';
export { type CorrectedPrevalence, correctedPrevalence, type Flagged } from './metrics/rogan-gladen.ts';
export { averageSelfBleu, tokenise } from './metrics/self-bleu.ts';
export { type ClusterMethod, type SuccessInterval, successInterval } from './metrics/success-interval.ts';
export type { ImageRecord, ImageToxicityRow, PromptRecord, PromptToxicityRow } from './metrics/toxicity.ts';
export { imageToxicity, promptToxicity } from './metrics/toxicity.ts';
export { ModelError } from './models/model-error.ts';
export type { Drawing, DrawRequest, Guide, Target, Writer } from './models/types.ts';
export { type RedTeamOptions, redTeam } from './red-team.ts';
export type { Finding, ReportModel } from './report/report-model.ts';
export { StoreError } from './store/store-error.ts';
export { art } from './strategies/art.ts';
export {
  type Conversation,
  type ConversationPlan,
  defineStrategy,
  type Proposal,
  type Strategy,
  type Turn,
} from './strategies/strategy.ts';
export { BUILT_IN_CATEGORIES, type Category } from './taxonomy/categories.ts';
export { ART_VERSION } from './version.ts';
