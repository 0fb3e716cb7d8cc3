import type { VerdictRules } from '../config/schema.ts';
import type { ImageToxicityRow, PromptToxicityRow } from '../metrics/toxicity.ts';
import type { CampaignStatus, Failure } from '../store/schema.ts';
import type { IncompleteJudge } from './counted-judges.ts';

/** An unsafe image of a finding, with all that is needed to draw it again. */
export interface FindingImage {
  readonly number: number;
  readonly seed: number;
  /** SHA-256 of the bytes. */
  readonly hash: string;
  /** The file, relative to the data folder. */
  readonly file: string;
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
  readonly findings: readonly Finding[];
  readonly failures: readonly {
    readonly category: string;
    readonly conversation: number;
    readonly failure: Failure | null;
  }[];
  /** Why evaluation images could not be drawn, the commonest reason first. */
  readonly imageFailures: readonly { readonly failure: Failure | null; readonly images: number }[];
  /** Judges added by `art judge` that have not judged everything: not counted. Only where there are any. */
  readonly incompleteJudges?: readonly IncompleteJudge[];
  /** Judges whose verdicts come from more than one set of weights or settings. Only where there are any. */
  readonly mixedRevisions?: readonly MixedRevisions[];
}

/** A judge that was not the same throughout a campaign. */
export interface MixedRevisions {
  readonly subject: 'prompt' | 'image';
  readonly judge: string;
  /** In the order in which they came. */
  readonly revisions: readonly { readonly revision: string; readonly verdicts: number }[];
}
