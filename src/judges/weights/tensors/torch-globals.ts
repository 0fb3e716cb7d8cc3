import { NUMPY_GLOBALS, wholeNumbers } from './numpy-globals.ts';
import { PickleFunction, type PickleGlobals } from './pickle-world.ts';
import {
  decodeElements,
  ELEMENT_BYTES,
  type ElementType,
  elementCount,
  gather,
  isDense,
  MOST_ELEMENTS,
  type Tensor,
} from './tensor.ts';
import { damaged, unreadable } from './tensor-file-problem.ts';

/** A flat row of numbers that tensors are views of; its bytes are read when they are needed. */
export interface TorchStorage {
  readonly type: ElementType;
  /** How many numbers it has. */
  readonly count: number;
  /** Reads numbers of it, as bytes. */
  read(first: number, count: number): Promise<Uint8Array>;
}

/** The class of a storage, as files name it: it says the kind of the numbers. */
export class TorchStorageType {
  readonly type: ElementType;

  constructor(type: ElementType) {
    this.type = type;
  }
}

/** A storage as pickles hold it. */
export class TorchStorageReference {
  readonly storage: TorchStorage;

  constructor(storage: TorchStorage) {
    this.storage = storage;
  }
}

/** Repeated views (`expand`) may have more numbers than their storage, but not without end. */
const MOST_REPEATED = 2 ** 20;

/** A tensor whose numbers have not been read yet. */
export class TorchTensor {
  readonly dims: readonly number[];
  readonly #storage: TorchStorage;
  readonly #offset: number;
  readonly #strides: readonly number[];

  constructor(storage: unknown, offset: unknown, dims: unknown, strides: unknown) {
    if (!(storage instanceof TorchStorageReference)) throw damaged('A tensor has no storage.');
    this.#storage = storage.storage;
    this.dims = wholeNumbers(dims);
    this.#strides = wholeNumbers(strides);
    if (this.#strides.length !== this.dims.length)
      throw damaged('A tensor has other strides than dimensions.');
    const [first] = wholeNumbers([offset]);
    this.#offset = first ?? 0;
  }

  /** How many numbers have to be read for it. */
  get span(): number {
    if (this.dims.includes(0)) return 0;
    return this.dims.reduce((span, size, axis) => span + (size - 1) * (this.#strides[axis] ?? 0), 1);
  }

  /** @throws TensorFileProblem for a view that is larger than its storage */
  async read(): Promise<Tensor> {
    const { dims, span } = this;
    const count = elementCount(dims);
    const { count: stored, type } = this.#storage;
    if (count === 0) return { dims, data: new Float32Array(0) };
    if (this.#offset + span > stored) throw damaged('A tensor reaches beyond its storage.');
    if (span > MOST_ELEMENTS || count > Math.max(stored, MOST_REPEATED)) {
      throw unreadable('A tensor is larger than any that a judge uses.');
    }
    const data = decodeElements(await this.#storage.read(this.#offset, span), type);
    return { dims, data: isDense(dims, this.#strides) ? data : gather(data, dims, this.#strides) };
  }
}

const STORAGE_TYPES: Readonly<Record<string, ElementType>> = {
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  DoubleStorage: 'float64',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

const rebuildTensor = new PickleFunction(
  ([storage, offset, dims, strides]) => new TorchTensor(storage, offset, dims, strides),
);
/** A parameter is its tensor; whether it is to be trained is of no matter here. */
const rebuildParameter = new PickleFunction(([tensor]) => tensor);

/** What files of PyTorch name: tensors, parameters, storages, the dict of a model's state. */
export const TORCH_GLOBALS: PickleGlobals = new Map<string, unknown>([
  ...NUMPY_GLOBALS,
  ['collections.OrderedDict', new PickleFunction(([items]) => orderedDict(items))],
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', rebuildParameter],
  ['torch._utils._rebuild_parameter_with_state', rebuildParameter],
  ['torch.Size', new PickleFunction(([dims]) => wholeNumbers(dims ?? []))],
  ...Object.entries(STORAGE_TYPES).map(([name, type]): [string, unknown] => [
    `torch.${name}`,
    new TorchStorageType(type),
  ]),
  ['torch.storage.UntypedStorage', new TorchStorageType('uint8')],
  ['torch.UntypedStorage', new TorchStorageType('uint8')],
]);

function orderedDict(items: unknown): Map<unknown, unknown> {
  // Files of Python 3 make it empty and fill it afterwards.
  if (items !== undefined) throw unreadable('The file was written by Python 2.');
  return new Map();
}

/** What a file of PyTorch says of a storage: `('storage', class, key, device, count, view)`. */
export interface StorageId {
  readonly type: ElementType;
  readonly key: string;
  readonly count: number;
  /** A part of the storage, in files of old. */
  readonly view: { readonly first: number; readonly count: number } | undefined;
}

/** @throws TensorFileProblem `WEIGHTS_DAMAGED` for another kind of reference */
export function parseStorageId(id: unknown): StorageId {
  if (!Array.isArray(id)) throw damaged('The pickle refers to no storage.');
  const [kind, storageType, key, , count, view]: unknown[] = id;
  const isKey = typeof key === 'string' && key.length <= 100;
  if (kind !== 'storage' || !(storageType instanceof TorchStorageType) || !isKey) {
    throw damaged('The pickle refers to no storage.');
  }
  const [size] = wholeNumbers([count]);
  const { type } = storageType;
  return { type, key, count: size ?? 0, view: Array.isArray(view) ? viewOf(view) : undefined };
}

function viewOf(view: unknown[]): { first: number; count: number } {
  const [first, count] = wholeNumbers(view.slice(1, 3));
  if (first === undefined || count === undefined) throw damaged('The pickle refers to no part of a storage.');
  return { first, count };
}

/** How many bytes the whole storage takes. */
export function storageBytes({ type, count }: Pick<StorageId, 'type' | 'count'>): number {
  return count * ELEMENT_BYTES[type];
}
