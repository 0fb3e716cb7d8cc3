import { PickleFunction, type PickleGlobals, PickleObject } from './pickle-world.ts';
import {
  decodeElements,
  denseStrides,
  ELEMENT_BYTES,
  type ElementType,
  elementCount,
  gather,
  type Tensor,
} from './tensor.ts';
import { damaged, unreadable } from './tensor-file-problem.ts';

const TYPES_BY_CODE: Readonly<Record<string, ElementType>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  u1: 'uint8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  b1: 'bool',
};

/** NumPy's `dtype`: the kind of a number, and which of its bytes comes first. */
class NumpyType extends PickleObject {
  readonly type: ElementType;
  bigEndian: boolean;

  constructor(code: unknown) {
    super();
    const text = typeof code === 'string' ? code : '';
    const type = Object.hasOwn(TYPES_BY_CODE, text.replace(/^[<>=|]/, ''))
      ? TYPES_BY_CODE[text.replace(/^[<>=|]/, '')]
      : undefined;
    if (type === undefined)
      throw unreadable(`The array is of ${JSON.stringify(text.slice(0, 40))}, not of numbers.`);
    this.type = type;
    this.bigEndian = text.startsWith('>');
  }

  override setState(state: unknown): void {
    // (version, byte order, …)
    if (!Array.isArray(state)) throw damaged('A NumPy type has a state that is none.');
    this.bigEndian = state[1] === '>';
  }
}

/** Bytes that protocol 2 writes as text; not turned into bytes before it is known that they are wanted. */
class Latin1Bytes {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** NumPy's `ndarray`; its numbers are decoded when they are wanted. */
export class NumpyArray extends PickleObject {
  dims: readonly number[] = [];
  #type: NumpyType | undefined;
  #isFortran = false;
  #raw: unknown;

  override setState(state: unknown): void {
    if (!Array.isArray(state)) throw damaged('An array has a state that is none.');
    // Files of old leave the version out.
    const [shape, type, isFortran, raw]: unknown[] = state.length === 5 ? state.slice(1) : state;
    this.fill(shape, type, isFortran === true, raw);
  }

  /** Takes the shape, the kind of numbers, their order and their bytes. */
  fill(shape: unknown, type: unknown, isFortran: boolean, raw: unknown): void {
    if (!(type instanceof NumpyType)) throw damaged('An array has a type that is none.');
    this.dims = wholeNumbers(shape);
    this.#type = type;
    this.#isFortran = isFortran;
    this.#raw = raw;
    if (elementCount(this.dims) * ELEMENT_BYTES[type.type] !== lengthOf(raw)) {
      throw damaged('An array has not as many bytes as its shape needs.');
    }
  }

  /** @throws TensorFileProblem for an array that was made and never filled */
  tensor(): Tensor {
    const { dims } = this;
    if (this.#type === undefined) throw damaged('An array was never filled.');
    const data = decodeElements(bytesOf(this.#raw), this.#type.type, this.#type.bigEndian);
    const isReordered = this.#isFortran && dims.length > 1;
    const strides = denseStrides(dims.toReversed()).toReversed();
    return { dims, data: isReordered ? gather(data, dims, strides) : data };
  }
}

const emptyArray = new PickleFunction(() => new NumpyArray());

const fromBuffer = new PickleFunction(([buffer, type, shape, order]) => {
  const array = new NumpyArray();
  array.fill(shape, type, order === 'F', buffer);
  return array;
});

const scalar = new PickleFunction(([type, raw]) => {
  if (!(type instanceof NumpyType)) throw damaged('A number has a type that is none.');
  if (lengthOf(raw) !== ELEMENT_BYTES[type.type]) throw damaged('A number has too few bytes or too many.');
  return decodeElements(bytesOf(raw), type.type, type.bigEndian)[0];
});

/** `_codecs.encode`: how protocol 2 writes bytes. */
const encode = new PickleFunction(([text, encoding]) => {
  if (typeof text !== 'string' || encoding !== 'latin1')
    throw unreadable('The pickle encodes other text than latin1.');
  return new Latin1Bytes(text);
});

/** What pickles of NumPy arrays name, before and after NumPy 2 moved it. */
export const NUMPY_GLOBALS: PickleGlobals = new Map<string, unknown>([
  ...['numpy.core', 'numpy._core'].flatMap((home): [string, unknown][] => [
    [`${home}.multiarray._reconstruct`, emptyArray],
    [`${home}.multiarray.scalar`, scalar],
    [`${home}.numeric._frombuffer`, fromBuffer],
  ]),
  // Named as an argument of _reconstruct; never called.
  ['numpy.ndarray', 'numpy.ndarray'],
  ['numpy.dtype', new PickleFunction(([code]) => new NumpyType(code))],
  ['_codecs.encode', encode],
]);

/** The whole numbers of a shape or of strides. */
export function wholeNumbers(value: unknown): number[] {
  if (!Array.isArray(value) || value.length > 16) throw damaged('A tensor has a shape that is none.');
  return value.map((size: unknown) => {
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
      throw damaged('A tensor has a shape that is none.');
    }
    return size;
  });
}

/** How many bytes a pickled value has. */
export function lengthOf(raw: unknown): number {
  if (raw instanceof Uint8Array || typeof raw === 'string') return raw.length;
  if (raw instanceof Latin1Bytes) return raw.text.length;
  throw damaged('An array has no bytes.');
}

/** The bytes of a pickled value. */
export function bytesOf(raw: unknown): Uint8Array {
  if (raw instanceof Uint8Array) return raw;
  if (raw instanceof Latin1Bytes) return Buffer.from(raw.text, 'latin1');
  // Python 2 wrote bytes as text.
  if (typeof raw === 'string') return Buffer.from(raw, 'latin1');
  throw damaged('An array has no bytes.');
}
