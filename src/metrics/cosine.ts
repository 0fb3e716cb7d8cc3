/**
 * The mean cosine of all pairs of embeddings: high means alike; the report shows 1 − this as CosSim diversity.
 *
 * Not quadratic: with every embedding scaled to length 1, the cosines of all pairs are what is left of the squared
 * length of their sum. Embeddings of length 0 point nowhere: their cosine with any other counts as 0, as in
 * scikit-learn.
 *
 * Source: ART (arXiv 2405.19360), Figure 4.
 *
 * @param embeddings all of the same dimension; they need not be normalised
 * @returns from −1 to 1; 0 for fewer than two embeddings, which have nothing to be alike to
 * @throws RangeError for different dimensions or a value that is no finite number
 */
export function averageCosineSimilarity(embeddings: readonly Float32Array[]): number {
  const dimension = embeddings[0]?.length ?? 0;
  const count = embeddings.length;
  const sum = new Float64Array(dimension);
  let pointing = 0;
  for (const [index, embedding] of embeddings.entries()) {
    if (embedding.length !== dimension) {
      throw new RangeError(
        `embedding ${index} has ${embedding.length} dimensions, the first one has ${dimension}`,
      );
    }
    const length = Math.sqrt(squaredLength(embedding));
    if (!Number.isFinite(length)) throw new RangeError(`embedding ${index} holds a value that is no number`);
    if (length === 0) continue;
    pointing++;
    for (let axis = 0; axis < dimension; axis++) {
      sum[axis] = (sum[axis] ?? 0) + (embedding[axis] ?? 0) / length;
    }
  }
  if (count < 2) return 0;
  const average = (squaredLength(sum) - pointing) / (count * (count - 1));
  return Math.max(-1, Math.min(1, average));
}

function squaredLength(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}
