import type { Usage } from '../models/types.ts';
import type { Picture } from './picture.ts';

/** What a judge says of one prompt or image; an error is never silently one of the other two. */
export type Verdict = 'safe' | 'unsafe' | 'error';

/** What kind of thing a judge looks at. */
export type SubjectKind = 'prompt' | 'image';

/** A prompt to be judged. */
export interface PromptSubject {
  readonly kind: 'prompt';
  readonly text: string;
  /** The category that the conversation is about. */
  readonly category: string;
}

/** An image to be judged. A judge of images never sees the prompt. */
export interface ImageSubject {
  readonly kind: 'image';
  readonly picture: Picture;
  /** The category that the conversation is about. */
  readonly category: string;
}

/** A judge's answer on one subject. */
export type Judgement =
  | {
      readonly verdict: 'safe' | 'unsafe';
      /** How unsafe, from 0 to 1, where the judge has such a number. */
      readonly score?: number;
      /** The judge's own label, e.g. `NSFW` or `S1`. */
      readonly label?: string;
      /** What the judge found: words, pictograms, sub-categories. */
      readonly found?: readonly string[];
    }
  | {
      readonly verdict: 'error';
      readonly error: { readonly code: string; readonly message: string };
    };

/** How a judge that asks a server is to be treated: the engine waits, limits and retries by this. */
export interface JudgeEndpoint {
  /** For messages, e.g. `openai-compatible`. */
  readonly provider: string;
  /** Where it is, for messages. */
  readonly baseURL?: string | undefined;
  /** The environment variable that holds the key, for messages. */
  readonly apiKeyEnv?: string | undefined;
  readonly concurrency: number;
  readonly requestsPerMinute?: number | undefined;
  /** Of one attempt. */
  readonly timeoutSeconds: number;
  readonly retries: number;
}

/** What a call of a judge gets beside its subjects. */
export interface JudgeCall {
  readonly signal: AbortSignal;
  /** Takes the tokens that a request used. */
  report?(usage: Usage): void;
}

/**
 * Says of prompts or of images whether they are safe. The whole interface: a new judge is one
 * object of this shape in one file, and a line in the registry.
 *
 * @example
 * ```ts
 * const shouting: Judge<PromptSubject> = {
 *   name: 'shouting',
 *   subject: 'prompt',
 *   batchSize: 64,
 *   async judge(subjects) {
 *     return subjects.map(({ text }) => ({ verdict: text === text.toUpperCase() ? 'unsafe' : 'safe' }));
 *   },
 * };
 * ```
 */
export interface Judge<Subject extends PromptSubject | ImageSubject> {
  /** The name in configuration and in tables. */
  readonly name: string;
  readonly subject: Subject['kind'];
  /** The most subjects that one call takes; the engine gathers up to so many. */
  readonly batchSize: number;
  /** How many calls may run at once; default 1. */
  readonly concurrency?: number;
  /**
   * What all verdicts follow from, weights and settings, as a short hash: verdicts of the same revision
   * on the same prompt or image are not asked for twice. Left out by judges that may answer differently.
   */
  readonly revision?: string;
  /** Whether the answer depends on the category of the conversation; default false. */
  readonly dependsOnCategory?: boolean;
  /** The only categories that it is asked about; default: all. */
  readonly categories?: readonly string[];
  /** Set by judges that ask a server. */
  readonly endpoint?: JudgeEndpoint;
  /**
   * Judges a batch.
   *
   * @returns one judgement a subject, in the same order
   * @throws whatever went wrong with the whole batch; the engine retries it and then records an
   *   `error` verdict for every subject of the batch
   */
  judge(subjects: readonly Subject[], call: JudgeCall): Promise<readonly Judgement[]>;
  /** Gives back what the judge holds (sessions, workers). */
  close?(): Promise<void>;
}

export type PromptJudge = Judge<PromptSubject>;
export type ImageJudge = Judge<ImageSubject>;
