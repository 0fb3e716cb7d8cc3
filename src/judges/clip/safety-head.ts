import type { ModelFile } from '../weights/model-files.ts';
import { readTensors } from '../weights/tensors/read-tensors.ts';
import { checkShape, rowsOf } from './learned-weights.ts';
import { dot, sigmoid } from './vectors.ts';

/** What PyTorch's BatchNorm1d adds to a variance before its root is taken. */
const BATCH_NORM_EPSILON = 1e-5;

/** One head of the multi-headed safety classifier: the probability that belongs to an embedding. */
export type SafetyHead = (embedding: Float32Array) => number;

/** The layers as they are numbered in the published `nn.Sequential`; 1 (ReLU) and 2 (Dropout) hold nothing. */
const NAMES = [
  '0.weight',
  '0.bias',
  '3.weight',
  '3.bias',
  '3.running_mean',
  '3.running_var',
  '4.weight',
  '4.bias',
];

/**
 * Reads a head: Linear → ReLU → (Dropout) → BatchNorm → Linear → sigmoid. When it is not being trained,
 * BatchNorm multiplies and adds fixed numbers, so it is folded into the second linear layer.
 *
 * @param file a PyTorch state dictionary; the size of the hidden layer is the file's
 * @param dimension of the embedding
 * @throws WeightsError
 */
export async function readSafetyHead(
  file: ModelFile,
  dimension: number,
  neededBy: string,
): Promise<SafetyHead> {
  const tensors = await readTensors(file.path, NAMES);
  const tensor = (name: string, shape: readonly (number | undefined)[]) =>
    checkShape(tensors.get(name), name, shape, file, neededBy);

  const first = tensor('0.weight', [undefined, dimension]);
  const hidden = first.dims[0] ?? 0;
  const rows = rowsOf(first);
  const bias = tensor('0.bias', [hidden]).data;
  const gamma = tensor('3.weight', [hidden]).data;
  const beta = tensor('3.bias', [hidden]).data;
  const mean = tensor('3.running_mean', [hidden]).data;
  const variance = tensor('3.running_var', [hidden]).data;
  const second = tensor('4.weight', [1, hidden]).data;
  let offset = tensor('4.bias', [1]).data[0] ?? Number.NaN;

  const factors = new Float64Array(hidden);
  for (let unit = 0; unit < hidden; unit++) {
    const scale = (gamma[unit] ?? 0) / Math.sqrt((variance[unit] ?? 0) + BATCH_NORM_EPSILON);
    const weight = second[unit] ?? 0;
    factors[unit] = weight * scale;
    offset += weight * ((beta[unit] ?? 0) - (mean[unit] ?? 0) * scale);
  }
  return (embedding) => {
    let logit = offset;
    for (const [unit, row] of rows.entries()) {
      logit += (factors[unit] ?? 0) * Math.max(0, dot(row, embedding) + (bias[unit] ?? 0));
    }
    return sigmoid(logit);
  };
}
