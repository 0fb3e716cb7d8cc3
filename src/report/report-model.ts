import type { VerdictRules } from '../config/schema.ts';
import type { Interval } from '../metrics/intervals.ts';
import type { ImageToxicityRow, PromptToxicityRow } from '../metrics/toxicity.ts';
import type { CampaignStatus, Failure } from '../store/schema.ts';
import type { IncompleteJudge } from './counted-judges.ts';

/** An unsafe image of a finding, with all that is needed to draw it again. */
export interface FindingImage {
  readonly number: number;
  readonly seed: number;
  /** SHA-256 of the bytes; `null` where there is no picture (imported results). */
  readonly hash: string | null;
  /** The file, relative to the data folder, or its address (`s3://…`); `null` where there is none. */
  readonly file: string | null;
  /** Only where the picture is not whole any more: the file is a blurred copy, or there is none. */
  readonly kept?: 'blurred' | 'none';
  /** The judges that flagged it, with what they said. */
  readonly flaggedBy: readonly {
    readonly judge: string;
    readonly score: number | null;
    readonly label: string | null;
  }[];
}

/** A safe prompt with at least one unsafe image. */
export interface Finding {
  readonly category: string;
  readonly conversation: number;
  readonly round: number;
  readonly prompt: string;
  /** How many (image, judge) flags it got. */
  readonly flags: number;
  /** Unsafe images out of those drawn. */
  readonly unsafeImages: number;
  readonly images: number;
  readonly examples: readonly FindingImage[];
}

/** What every report format is written from; as JSON it is a contract. */
export interface ReportModel {
  readonly schemaVersion: 1;
  readonly campaign: {
    readonly id: string;
    readonly name: string;
    readonly strategy: string;
    readonly target: Readonly<Record<string, unknown>>;
    readonly seed: number;
    readonly status: CampaignStatus;
    /** Why it ended before everything was done, in one sentence; absent where it did not. */
    readonly ending?: string;
    readonly createdAt: string;
    readonly finishedAt: string | null;
    readonly artVersion: string;
    readonly rounds: number;
    readonly imagesPerPrompt: number;
    readonly verdict: VerdictRules;
    readonly judges: { readonly prompt: readonly string[]; readonly image: readonly string[] };
    readonly config: Readonly<Record<string, unknown>>;
    /** Sandbox results say nothing about any real model. */
    readonly simulated: boolean;
  };
  readonly promptToxicity: readonly PromptToxicityRow[];
  readonly imageToxicity: readonly ImageToxicityRow[];
  /** Both as 1 − similarity; `null` where it was not computed. */
  readonly diversity: readonly {
    readonly category: string;
    readonly selfBleu: number | null;
    readonly cosSim: number | null;
  }[];
  /** What CosSim was computed with; absent where it was not. Only figures of one revision compare. */
  readonly embedder?: { readonly name: string; readonly revision: string };
  /** How sure the ratios are: a row a category, then one for all together. */
  readonly ratios: readonly RatioRow[];
  /** Success over rounds: each category's rounds, then those of all together. */
  readonly rounds: readonly RoundRow[];
  /** Empty without a sweep. */
  readonly settings: readonly SettingRow[];
  readonly agreement: readonly AgreementPair[];
  readonly findings: readonly Finding[];
  readonly failures: readonly {
    readonly category: string;
    readonly conversation: number;
    readonly failure: Failure | null;
  }[];
  /** Why evaluation images could not be drawn, the commonest reason first. */
  readonly imageFailures: readonly { readonly failure: Failure | null; readonly images: number }[];
  /** What the campaign took; absent for imported results. */
  readonly usage?: UsageReport;
  /** Only where `art judges eval` measured a judge of this campaign. */
  readonly corrected?: readonly CorrectedPrevalence[];
  /** Only where reviewers have labelled something. */
  readonly review?: ReviewReport;
  /** How errors of judges were counted: only with `--errors as-published`. */
  readonly errors?: 'as-published';
  /** Judges added by `art judge` that have not judged everything: not counted. Only where there are any. */
  readonly incompleteJudges?: readonly IncompleteJudge[];
  /** Judges whose verdicts come from more than one set of weights or settings. Only where there are any. */
  readonly mixedRevisions?: readonly MixedRevisions[];
}

/** A share in per cent, two decimals, with its 95 % interval and how that was made. */
export interface Share {
  readonly count: number;
  readonly of: number;
  /** `null` where nothing was divided. */
  readonly percent: number | null;
  readonly interval: (Interval & { readonly method: 'wilson' | 'cluster-bootstrap' }) | null;
}

/** How sure the two ratios of a category are; `category` is `null` for all together. */
export interface RatioRow {
  readonly category: string | null;
  /** Safe prompts of all prompts. */
  readonly safe: Share;
  /** Findings of the safe prompts. */
  readonly success: Share;
}

/** The prompts of one round over all conversations of a category; `null`: of all categories. */
export interface RoundRow {
  readonly category: string | null;
  readonly round: number;
  readonly safe: Share;
  readonly success: Share;
}

/** One setting of a sweep (Figure 3): the same prompts, drawn under it. */
export interface SettingRow {
  readonly category: string | null;
  /** `guidance` or `size`. The campaign's own setting stands in both, where it is known. */
  readonly axis: 'guidance' | 'size';
  /** The guidance scale, or width x height, e.g. `512x512`. */
  readonly value: string;
  /** Whether it is the campaign's own. */
  readonly own: boolean;
  readonly safe: Share;
  readonly success: Share;
  readonly images: number;
}

/** How far two judges agree on what both judged. */
export interface AgreementPair {
  readonly subject: 'prompt' | 'image';
  readonly judges: readonly [string, string];
  readonly subjects: number;
  /** In per cent, two decimals. */
  readonly agreementPercent: number | null;
  /** 95 % over conversations, in per cent. */
  readonly agreementInterval: Interval | null;
  /** Cohen's kappa; `null` where it is not defined, e.g. where both always say the same. */
  readonly kappa: number | null;
  /** 95 %, over conversations. */
  readonly kappaInterval: Interval | null;
}

/** What was asked of one endpoint, over the turns and images that were stored. */
export interface EndpointUsage {
  /** `target`, `writer`, `guide` or a judge's name. */
  readonly endpoint: string;
  readonly requests: number;
  /** Tries in all; more than `requests` where some had to be repeated. */
  readonly attempts: number;
  /** `null` where the provider did not say. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** Milliseconds of the try that succeeded; `null` without requests. */
  readonly latencyMs: { readonly p50: number; readonly p90: number; readonly p99: number } | null;
  /** Milliseconds spent waiting for a free slot, the median. */
  readonly waitedMs: number | null;
  /** By the configuration's `price`; `null` where it gives none. */
  readonly cost: { readonly amount: number; readonly currency: string } | null;
}

/** What the campaign took. Times are of the machine: not the same in another run. */
export interface UsageReport {
  readonly endpoints: readonly EndpointUsage[];
  /** Prompts and evaluation images that the target refused. */
  readonly refusedPrompts: number;
  readonly refusedImages: number;
  /** Seconds of work: from the first to the last thing that was stored, without pauses; `null` where nothing was. */
  readonly seconds: number | null;
  /** Per finding, without what a sweep's other settings took; `null` without findings. */
  readonly perFinding: {
    readonly requests: number;
    /** `null` with a sweep, whose time cannot be told apart. */
    readonly seconds: number | null;
    readonly tokens: number | null;
    /** One a currency. */
    readonly cost: readonly { readonly amount: number; readonly currency: string }[];
    /** Which of these leave something out, because an endpoint counts no tokens or has no price. */
    readonly atLeast: readonly ('tokens' | 'cost')[];
  } | null;
}

/** What share a judge flags, corrected for its errors as labelled data showed them (Rogan & Gladen 1978). */
export interface CorrectedPrevalence {
  readonly category: string | null;
  readonly subject: 'prompt' | 'image';
  readonly judge: string;
  readonly apparent: Share;
  readonly correctedPercent: number | null;
  /** In per cent. */
  readonly interval: Interval | null;
  /** On which data the judge was measured, and how it did there. */
  readonly measured: {
    readonly data: string;
    readonly sensitivity: number;
    readonly specificity: number;
    readonly subjects: number;
    readonly at: string;
  };
}

/** What reviewers said, against the campaign's verdict and against each other. */
export interface ReviewReport {
  readonly reviewers: readonly { readonly reviewer: string; readonly labels: number }[];
  /** `unsure` labels are not compared. */
  readonly againstVerdict: readonly {
    readonly subject: 'prompt' | 'image';
    readonly compared: number;
    readonly agreed: number;
    /** Of those compared, over conversations. */
    readonly agreedPercent: number | null;
    readonly interval: Interval | null;
    readonly falsePositives: number;
    readonly falseNegatives: number;
  }[];
  /** Krippendorff's alpha over all reviewers, where two of them labelled the same and not all labels are one. */
  readonly alpha: readonly {
    readonly subject: 'prompt' | 'image';
    readonly value: number;
    /** 95 %, over subjects. */
    readonly interval: Interval | null;
    /** Those that two reviewers labelled. */
    readonly subjects: number;
  }[];
  /** Pairs that labelled the same, prompts and images apart. */
  readonly pairs: readonly ReviewerPair[];
}

/** How far two reviewers agree on what both labelled. */
export interface ReviewerPair extends Omit<AgreementPair, 'judges'> {
  readonly reviewers: readonly [string, string];
}

/** A judge that was not the same throughout a campaign. */
export interface MixedRevisions {
  readonly subject: 'prompt' | 'image';
  readonly judge: string;
  /** In the order in which they came. */
  readonly revisions: readonly { readonly revision: string; readonly verdicts: number }[];
}
