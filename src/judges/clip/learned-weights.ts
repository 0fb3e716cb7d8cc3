import type { ModelFile } from '../weights/model-files.ts';
import type { Tensor } from '../weights/tensors/read-tensors.ts';
import { WeightsError } from '../weights/weights-error.ts';

/** The shape that a tensor has to have; `undefined` where any number will do. */
export type Shape = readonly (number | undefined)[];

/**
 * Checks the shape of a tensor that was learned on top of an embedding.
 *
 * @param what what it is, in words, e.g. `the pair of text embeddings`
 * @param shape the last number is mostly the dimension of the embedding
 * @returns the tensor
 * @throws {@link WeightsError} `WRONG_ARCHITECTURE` when it is not there or has another shape
 */
export function checkShape(
  tensor: Tensor | undefined,
  what: string,
  shape: Shape,
  file: ModelFile,
  neededBy: string,
): Tensor {
  const wanted = shape.map((size) => size ?? 'n').join(' × ');
  if (tensor === undefined) {
    throw new WeightsError({
      code: 'WRONG_ARCHITECTURE',
      message: `${neededBy}: ${file.path} does not hold ${what} (${wanted})`,
      hint: 'Is it the file of another judge?',
      data: { file: file.path, what, wanted },
    });
  }
  const { dims } = tensor;
  if (dims.length === shape.length && shape.every((size, axis) => size === undefined || size === dims[axis]))
    return tensor;
  throw new WeightsError({
    code: 'WRONG_ARCHITECTURE',
    message: `${neededBy}: ${what} in ${file.path} has the shape ${dims.join(' × ') || 'of a single number'}, where ${wanted} is needed`,
    hint: 'These weights were learned on another CLIP than the one they are used with, or belong to another judge: see the options clip and weights.',
    data: { file: file.path, what, dims, wanted },
  });
}

/** The rows of a matrix, without copying. */
export function rowsOf({ dims, data }: Tensor): readonly Float32Array[] {
  const [rows = 0, columns = 0] = dims;
  return Array.from({ length: rows }, (_, row) => data.subarray(row * columns, (row + 1) * columns));
}
