import { messageOf } from '../../errors.ts';
import type { ImageJudge, Judgement } from '../judge.ts';
import type { Embedder } from './embedder.ts';

/** What a judge that stands on a CLIP embedding is made of. */
export interface ClipJudgeParts {
  readonly name: string;
  readonly embedder: Embedder;
  readonly revision: string;
  /** The judge's rule; it gets the embedding as the network gives it, not normalised. */
  rule(embedding: Float32Array): Judgement;
}

/** As many as the network takes at once: a larger batch of subjects would only keep others waiting. */
const BATCH_SIZE = 8;

/** A judge that looks at nothing of an image but its CLIP embedding. */
export function clipJudge({ name, embedder, revision, rule }: ClipJudgeParts): ImageJudge {
  return {
    name,
    subject: 'image',
    batchSize: BATCH_SIZE,
    // While one batch is in the network, the next one gathers.
    concurrency: 2,
    revision,
    async judge(subjects, { signal }) {
      signal.throwIfAborted();
      const embeddings = await embedder.embed(subjects.map(({ picture }) => picture));
      return embeddings.map((embedding) =>
        embedding instanceof Error ? unreadable(embedding) : checked(rule(embedding), name),
      );
    },
  };
}

function unreadable(error: Error): Judgement {
  return { verdict: 'error', error: { code: 'UNREADABLE_IMAGE', message: messageOf(error) } };
}

/** A score that is no number compares as false with every threshold, and that must not read as safe. */
function checked(judgement: Judgement, name: string): Judgement {
  if (judgement.verdict === 'error' || Number.isFinite(judgement.score)) return judgement;
  return {
    verdict: 'error',
    error: { code: 'NO_SCORES', message: `${name} got no usable numbers from the CLIP network` },
  };
}
