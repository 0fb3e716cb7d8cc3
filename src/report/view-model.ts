/**
 * What the app of `art view` and the single-file report show beside the report itself. The server answers
 * with it, the file carries it; `web/` imports these types and nothing else of the server's.
 */

import type { CampaignStatus, EvaluationOutcome, ReviewLabel, TurnOutcome } from '../store/schema.ts';
import type { PartTree } from '../taxonomy/part-tree.ts';
import type { ReportModel } from './report-model.ts';

/** A campaign in the list. */
export interface CampaignSummary {
  readonly id: string;
  readonly name: string;
  readonly strategy: string;
  /** Provider and model, e.g. `automatic1111 · v1-5-pruned-emaonly`. */
  readonly target: string;
  readonly status: CampaignStatus;
  readonly createdAt: string;
  readonly simulated: boolean;
}

/** How far a campaign is; the `data` of the server-sent event `progress`. */
export interface ViewProgress {
  readonly campaign: string;
  readonly status: CampaignStatus;
  readonly conversations: { readonly total: number; readonly done: number; readonly failed: number };
  readonly turns: { readonly total: number; readonly played: number };
  readonly images: { readonly total: number; readonly done: number };
  /** Changes whenever something that the pages show has changed. */
  readonly version: string;
}

/** What one judge said, for people. */
export interface ShownVerdict {
  readonly judge: string;
  readonly verdict: 'safe' | 'unsafe' | 'error';
  readonly score: number | null;
  readonly label: string | null;
  /** The words that were found, of judges that name them. */
  readonly found: readonly string[];
  /** Why it failed. */
  readonly error: string | null;
}

/** What a reviewer said. */
export interface ShownLabel {
  readonly reviewer: string;
  readonly label: ReviewLabel;
  /** ISO 8601. */
  readonly at: string;
}

/** What can be labelled: a prompt (`number` 0), a turn's image (0) or an evaluation image. */
export interface LabelSubject {
  readonly turn: number;
  readonly subject: 'prompt' | 'turn image' | 'evaluation image';
  readonly number: number;
}

/** The verdict of all counted judges; `none` where nothing was judged. */
export type CombinedVerdict = 'safe' | 'unsafe' | 'error' | 'none';

/** What is left of a picture that was not kept whole. */
export type KeptPart = 'blurred' | 'none';

/** An evaluation image in the gallery. */
export interface GalleryImage {
  /** The turn's id. */
  readonly turn: number;
  readonly number: number;
  readonly category: string;
  readonly conversation: number;
  readonly round: number;
  readonly prompt: string;
  readonly promptVerdict: CombinedVerdict;
  readonly verdict: CombinedVerdict;
  readonly outcome: EvaluationOutcome;
  /** Under which setting of a sweep; `null`: the campaign's own. */
  readonly setting: string | null;
  readonly seed: number;
  /** SHA-256; `null` where there is no picture (refused, failed, imported). */
  readonly hash: string | null;
  /** Only where the picture is not whole any more: a blurred copy is left of it, or nothing. */
  readonly kept?: KeptPart;
  readonly width: number;
  readonly height: number;
  readonly verdicts: readonly ShownVerdict[];
  readonly labels: readonly ShownLabel[];
}

/** Which images the gallery shows, and in what order. */
export interface GalleryFilter {
  /** `findings`: unsafe images of safe prompts (the default); `all`: every image. */
  readonly show: 'findings' | 'all' | 'unlabelled';
  readonly category?: string;
  /** Only what this judge flagged. */
  readonly judge?: string;
  /** The score of that judge (or of any) is at least this; from 0 to 1. */
  readonly minScore?: number;
  readonly fromRound?: number;
  readonly toRound?: number;
  /** Part of the prompt, whatever its case. */
  readonly text?: string;
  /** That of a sweep, e.g. `guidance=2.5`, or `all`; left out: the campaign's own, as the report counts. */
  readonly setting?: string;
  readonly order: 'campaign' | 'flags' | 'score';
}

/** A part of the gallery. */
export interface GalleryPage {
  /** How many images the filter lets through. */
  readonly total: number;
  readonly offset: number;
  readonly images: readonly GalleryImage[];
}

/** A conversation in the list. */
export interface ConversationSummary {
  readonly category: string;
  readonly number: number;
  readonly seed: number;
  readonly status: 'pending' | 'running' | 'done' | 'failed';
  readonly startPrompt: string;
  readonly turns: number;
  readonly safePrompts: number;
  readonly findings: number;
  readonly failure: string | null;
}

/** One round of a conversation. */
export interface StoryTurn {
  /** The turn's id. */
  readonly id: number;
  readonly round: number;
  readonly prompt: string;
  /** What led to the prompt; `null` in the first round. */
  readonly instruction: string | null;
  /** What the prompt was put together from, where the strategy says it. */
  readonly tree: PartTree | null;
  readonly outcome: TurnOutcome;
  /** Why it was refused or stopped. */
  readonly reason: string | null;
  readonly seed: number;
  readonly image: {
    readonly hash: string;
    readonly width: number;
    readonly height: number;
    readonly kept?: KeptPart;
  } | null;
  readonly promptVerdict: CombinedVerdict;
  readonly promptVerdicts: readonly ShownVerdict[];
  readonly promptLabels: readonly ShownLabel[];
  readonly imageVerdict: CombinedVerdict;
  readonly imageVerdicts: readonly ShownVerdict[];
  readonly imageLabels: readonly ShownLabel[];
  readonly evaluation: readonly GalleryImage[];
}

/** A conversation, told turn by turn. */
export interface ConversationStory extends ConversationSummary {
  readonly story: readonly StoryTurn[];
}

/** What a reviewer sends. */
export interface NewLabel extends LabelSubject {
  readonly reviewer: string;
  /** `null` takes the reviewer's label back. */
  readonly label: ReviewLabel | null;
}

/** All of one campaign that the single file carries. */
export interface CampaignBundle {
  readonly summary: CampaignSummary;
  readonly report: ReportModel;
  readonly conversations: readonly ConversationStory[];
  /** Pictures by hash, as `data:` URLs; what is not here is not shown. */
  readonly thumbnails: Readonly<Record<string, string>>;
  /** What was done to the pictures: `blurred` ones cannot be made clear again. */
  readonly images: 'full' | 'blurred' | 'none';
  /** What is not in the file so that it can be mailed, a sentence each; absent where all is there. */
  readonly leftOut?: readonly string[];
}

/** The data of the single-file report. */
export interface ReportFile {
  readonly schemaVersion: 1;
  readonly artVersion: string;
  readonly createdAt: string;
  readonly campaigns: readonly CampaignBundle[];
}

/**
 * Where the app gets its data: from the server of `art view`, or from the file that it stands in.
 * Errors are thrown with a message for people.
 */
export interface ViewSource {
  /** Whether labels can be given: not in a file. */
  readonly canLabel: boolean;
  campaigns(): Promise<readonly CampaignSummary[]>;
  report(campaign: string): Promise<ReportModel>;
  gallery(campaign: string, filter: GalleryFilter, offset: number, limit: number): Promise<GalleryPage>;
  conversations(campaign: string): Promise<readonly ConversationSummary[]>;
  conversation(campaign: string, category: string, number: number): Promise<ConversationStory>;
  label(campaign: string, label: NewLabel): Promise<readonly ShownLabel[]>;
  /** The picture's address; `small`: the thumbnail. `undefined` where there is none. */
  picture(campaign: string, hash: string, size: 'small' | 'full'): string | undefined;
  /**
   * Calls back whenever something changed, until the function that it returns is called.
   *
   * @param onConnection hears when nobody answers any more, and when somebody does again
   */
  watch(
    campaign: string,
    onProgress: (progress: ViewProgress) => void,
    onConnection: (connected: boolean) => void,
  ): () => void;
}
