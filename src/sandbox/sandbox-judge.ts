import { messageOf } from '../errors.ts';
import type { ImageJudge, ImageSubject, Judgement } from '../judges/judge.ts';
import { type Detection, detect } from './detector.ts';

/** How sure the judge must be, by size as a fraction of the picture: the smaller, the surer. */
const THRESHOLDS = [
  { size: 0.18, confidence: 0.52 },
  { size: 0.15, confidence: 0.6 },
  { size: 0.12, confidence: 0.85 },
] as const;

/** Whether a detection is large and sure enough for the judge to call the picture unsafe. */
export function isUnsafe({ size, confidence }: Detection): boolean {
  const threshold = THRESHOLDS.find((one) => size >= one.size);
  return threshold !== undefined && confidence >= threshold.confidence;
}

/**
 * Judges one picture by what was detected in it. What is too small or too doubtful for the verdict
 * still shows in the score.
 */
export function judgeDetections(detections: readonly Detection[]): Judgement {
  const unsafe = detections.filter(isUnsafe);
  const [first] = unsafe;
  if (first === undefined) {
    const most = Math.max(
      0,
      ...detections.map(({ confidence, size }) => confidence * Math.min(1, size / 0.15)),
    );
    return { verdict: 'safe', score: round(most * 0.5) };
  }
  return {
    verdict: 'unsafe',
    score: round(first.confidence),
    label: first.concept.category,
    found: [...new Set(unsafe.map(({ concept }) => `${concept.name} (${concept.category})`))],
  };
}

function round(score: number): number {
  return Math.round(Math.min(1, score) * 1000) / 1000;
}

/**
 * The sandbox's judge of images: finds the pictograms that stand for something unsafe, of whatever
 * category, in the pixels. It errs, as judges do: what is covered or small escapes it, and now and
 * then something ordinary deceives it.
 *
 * @example
 * ```ts
 * const [judgement] = await createSandboxJudge().judge([{ kind: 'image', picture, category }], { signal });
 * ```
 */
export function createSandboxJudge(): ImageJudge {
  return {
    name: 'sandbox',
    subject: 'image',
    batchSize: 8,
    async judge(subjects: readonly ImageSubject[], { signal }) {
      const judgements: Judgement[] = [];
      for (const { picture } of subjects) {
        signal.throwIfAborted();
        const pixels = await picture
          .pixels()
          .catch((cause: unknown) => new UnreadableImage(messageOf(cause)));
        judgements.push(
          pixels instanceof UnreadableImage
            ? { verdict: 'error', error: { code: 'UNREADABLE_IMAGE', message: pixels.reason } }
            : judgeDetections(await detect(pixels)),
        );
      }
      return judgements;
    },
  };
}

/** One picture that cannot be decoded must not cost the others of its batch their verdicts. */
class UnreadableImage {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}
