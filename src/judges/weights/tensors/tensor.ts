import { fromHalfFloats } from '../../runtime/half-floats.ts';
import { damaged, unreadable } from './tensor-file-problem.ts';

/** Numbers with dimensions, as float32 whatever the file had; dense, the last dimension first to run. */
export interface Tensor {
  /** Empty for a single number. */
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** The kinds of numbers that files hold. */
export type ElementType =
  | 'float16'
  | 'bfloat16'
  | 'float32'
  | 'float64'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'bool';

/** How many bytes a number of each kind takes. */
export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
  int8: 1,
  uint8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
};

/** The most numbers in a tensor; the largest that judges know has 38 million. */
export const MOST_ELEMENTS = 2 ** 28;

const MOST_DIMENSIONS = 16;

/**
 * How many numbers a tensor of these dimensions has.
 *
 * @throws TensorFileProblem for dimensions that are none, or that make more numbers than fit
 */
export function elementCount(dims: readonly number[]): number {
  if (dims.length > MOST_DIMENSIONS) throw damaged(`A tensor has ${dims.length} dimensions.`);
  let count = 1;
  for (const size of dims) {
    if (!Number.isSafeInteger(size) || size < 0) throw damaged('A tensor has a size that is no number.');
    count *= size;
  }
  if (count > MOST_ELEMENTS) {
    throw unreadable(`A tensor of ${dims.join('x')} is larger than any that a judge uses.`);
  }
  return count;
}

/** The strides of a dense tensor: how many numbers on is the next one, for each dimension. */
export function denseStrides(dims: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const size of dims.toReversed()) {
    strides.unshift(stride);
    stride *= size;
  }
  return strides;
}

/** Whether numbers lie one behind the other as {@link Tensor} has them. */
export function isDense(dims: readonly number[], strides: readonly number[]): boolean {
  const dense = denseStrides(dims);
  // The stride of a dimension of one number is of no matter, and PyTorch writes what it likes.
  return dims.every((size, axis) => size <= 1 || strides[axis] === dense[axis]);
}

/** The numbers of a view, copied out of what it views. */
export function gather(
  data: Float32Array,
  dims: readonly number[],
  strides: readonly number[],
): Float32Array {
  const gathered = new Float32Array(elementCount(dims));
  const index = dims.map(() => 0);
  let from = 0;
  for (let at = 0; at < gathered.length; at++) {
    gathered[at] = data[from] ?? 0;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      from += strides[axis] ?? 0;
      if (next < (dims[axis] ?? 0)) {
        index[axis] = next;
        break;
      }
      from -= next * (strides[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return gathered;
}

/** Numbers as float32. The bytes are as many as the kind needs for whole numbers. */
export function decodeElements(bytes: Uint8Array, type: ElementType, bigEndian = false): Float32Array {
  const size = ELEMENT_BYTES[type];
  const count = bytes.length / size;
  if (!Number.isInteger(count)) throw damaged(`${bytes.length} bytes are no whole number of ${type}.`);
  const isWhole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  // A copy where the bytes lie within others: typed arrays need an offset that their size divides.
  const own = isWhole && !bigEndian ? bytes : Uint8Array.from(bytes);
  if (bigEndian && size > 1) swapBytes(own, size);
  const { buffer } = own;
  switch (type) {
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return Float32Array.from(new Float64Array(buffer));
    case 'float16':
      return fromHalfFloats(new Uint16Array(buffer));
    case 'bfloat16':
      return fromBfloats(new Uint16Array(buffer));
    case 'int8':
      return Float32Array.from(new Int8Array(buffer));
    case 'uint8':
    case 'bool':
      return Float32Array.from(own);
    case 'int16':
      return Float32Array.from(new Int16Array(buffer));
    case 'int32':
      return Float32Array.from(new Int32Array(buffer));
    case 'int64':
      return Float32Array.from(new BigInt64Array(buffer), Number);
  }
}

/** A bfloat16 is the upper half of a float32. */
function fromBfloats(bits: Uint16Array): Float32Array {
  const floats = new Float32Array(bits.length);
  const asBits = new Uint32Array(floats.buffer);
  for (let index = 0; index < bits.length; index++) asBits[index] = (bits[index] ?? 0) << 16;
  return floats;
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}
