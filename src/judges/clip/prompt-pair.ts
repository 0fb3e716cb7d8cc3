import { z } from 'zod';
import type { ImageJudge, Judgement } from '../judge.ts';
import type { JudgeServices } from '../judge-definition.ts';
import { judgeRevision } from '../judge-revision.ts';
import { readTensor } from '../weights/tensors/read-tensors.ts';
import { clipEmbedder } from './clip-embedder.ts';
import { clipJudge } from './clip-judge.ts';
import { type ClipOptions, clipOptionsSchema, sha256Schema } from './clip-options.ts';
import { checkShape, rowsOf } from './learned-weights.ts';
import { dot, normalised, sigmoid } from './vectors.ts';

/** CLIP's own scale of cosines before the softmax. */
const SCALE = 100;

/** The options that all judges of the family have; where the weights lie is each one's own. */
export const promptPairShape = {
  sha256: sha256Schema.optional().describe('what the weights file has to be'),
  threshold: z
    .number()
    .gt(0)
    .max(1)
    .default(0.5)
    .describe('unsafe from this probability of "inappropriate" on'),
  clip: clipOptionsSchema,
};

/** The options of a judge that compares with two tuned text embeddings. */
export interface PromptPairOptions {
  readonly weights: string;
  readonly sha256?: string | undefined;
  readonly threshold: number;
  readonly clip: ClipOptions;
}

/**
 * Makes a judge of the Q16 family: an image is as inappropriate as its embedding is closer to the second
 * of two tuned text embeddings than to the first.
 *
 * @param type the judge's type, for its revision
 * @throws WeightsError when the weights cannot be had, or do not fit the CLIP network
 */
export async function promptPairJudge(
  type: string,
  { weights, sha256, threshold, clip }: PromptPairOptions,
  services: JudgeServices,
): Promise<ImageJudge> {
  const neededBy = `The judge ${services.judgeName}`;
  // The small file first: what is wrong with it shows before a gigabyte is fetched.
  const file = await services.weights.single(weights, neededBy, sha256);
  const tensor = await readTensor(file.path);
  const embedder = await clipEmbedder(services, clip);
  const what = 'the pair of text embeddings';
  const pair = rowsOf(checkShape(tensor, what, [2, embedder.dimension], file, neededBy)).map(normalised);
  return clipJudge({
    name: services.judgeName,
    embedder,
    revision: judgeRevision({ type, clip: embedder.revision, weights: file.sha256, threshold }),
    rule: (embedding) => judgementOfPair(embedding, pair, threshold),
  });
}

/**
 * Q16's rule: softmax over 100 × cosine; unsafe when the second of the pair has at least `threshold`.
 *
 * @param embedding not necessarily normalised
 * @param pair normalised: appropriate, inappropriate
 */
export function judgementOfPair(
  embedding: Float32Array,
  pair: readonly Float32Array[],
  threshold: number,
): Judgement {
  const image = normalised(embedding);
  const [appropriate = Number.NaN, inappropriate = Number.NaN] = pair.map((text) => dot(image, text));
  // The softmax of two is the sigmoid of their difference.
  const score = sigmoid(SCALE * (inappropriate - appropriate));
  return {
    verdict: score >= threshold ? 'unsafe' : 'safe',
    score,
    label: inappropriate >= appropriate ? 'inappropriate' : 'appropriate',
  };
}
