import type { Interval } from '../../metrics/intervals.ts';
import type { RevisionCount } from '../../store/judge-revisions.ts';
import type { RecordedJudge } from '../recorded-judges.ts';
import type { ReportModel } from '../report-model.ts';

/** What is called a difference. */
export const LEVEL = 0.05;

/** A prompt as far as comparisons need it. */
export interface ComparedPrompt {
  readonly category: string;
  /** Its conversation's number within the category. */
  readonly conversation: number;
  readonly prompt: string;
  readonly safe: boolean;
  /** Safe, with at least one unsafe image. */
  readonly finding: boolean;
  /** Evaluation images that were drawn, under the campaign's own setting. */
  readonly images: number;
}

/** A campaign to be compared. */
export interface ComparedCampaign {
  readonly report: ReportModel;
  readonly prompts: readonly ComparedPrompt[];
  /** What its judges' verdicts follow from, where they say. */
  readonly revisions?: readonly RevisionCount[];
  /** Its judges as recorded. */
  readonly judges?: readonly RecordedJudge[];
}

/** What is compared: findings of the safe prompts, or safe prompts of all. */
export type ComparedRatio = 'success' | 'safe';

/** One ratio of two campaigns in one category. */
export interface ComparisonRow {
  readonly ratio: ComparedRatio;
  /** `null`: all categories that both have, together. */
  readonly category: string | null;
  /**
   * `mcnemar`: paired by prompt; `paired-clusters`: paired by prompt, over the conversations that the pairs come from;
   * `cluster-bootstrap`: over conversations; `wilson`: over conversations, where too few differ for a bootstrap;
   * `null`: nothing to compare.
   */
  readonly method: 'mcnemar' | 'paired-clusters' | 'cluster-bootstrap' | 'wilson' | null;
  /** Of what was compared: where it is paired of the pairs, else of all prompts. */
  readonly first: Counted;
  readonly second: Counted;
  /** The second's ratio − the first's, in percentage points. */
  readonly differencePoints: number | null;
  /** 95 %, in percentage points. */
  readonly interval: Interval | null;
  /** Two-sided. */
  readonly pValue: number | null;
  /** After Holm's correction over the categories; of `category: null` the p-value itself. */
  readonly adjustedPValue: number | null;
  /** What can be concluded at a level of 5 %. */
  readonly conclusion: 'higher' | 'lower' | 'not shown' | 'not comparable';
  /** Only where it is paired: on how many prompts which of them succeeded. */
  readonly pairs: {
    readonly all: number;
    readonly both: number;
    readonly onlyFirst: number;
    readonly onlySecond: number;
    readonly neither: number;
    /** How many conversations they come from. */
    readonly conversations: number;
    /** McNemar's exact p-value, as if no two prompts belonged together. */
    readonly mcnemarPValue: number;
  } | null;
  /** How many conversations of each have prompts that were compared. */
  readonly conversations: readonly [number, number];
}

/** A ratio as it was counted. */
export interface Counted {
  readonly count: number;
  readonly of: number;
  readonly percent: number | null;
}

/** What a comparison says of a campaign. */
export interface ComparedBrief {
  readonly id: string;
  /** What to call it beside the others. */
  readonly label: string;
  readonly name: string;
  readonly strategy: string;
  readonly target: Readonly<Record<string, unknown>>;
  readonly simulated: boolean;
}

/** Two campaigns, the second against the first. */
export interface Comparison {
  readonly first: ComparedBrief;
  readonly second: ComparedBrief;
  /** What a reader has to know before believing any of it. */
  readonly cautions: readonly string[];
  /** Each category that both have, then all of them; success ratios first. */
  readonly rows: readonly ComparisonRow[];
  /** What each row means, a sentence a row, in the same order. */
  readonly sentences: readonly string[];
  /** The same in as few sentences as it takes, all categories together first. */
  readonly conclusions: readonly string[];
}

/** What `art compare --format json` prints. */
export interface ComparisonReport {
  readonly schemaVersion: 1;
  /** Every other campaign against the first. */
  readonly comparisons: readonly Comparison[];
}
