import { NumpyArray } from './numpy-globals.ts';
import { elementCount, type Tensor } from './tensor.ts';
import { unreadable } from './tensor-file-problem.ts';
import { TorchTensor } from './torch-globals.ts';

/** A tensor in a file, not read yet. */
export interface FoundTensor {
  /** How many numbers it has, or how many have to be read for it, whichever is more. */
  readonly cost: number;
  read(): Promise<Tensor>;
}

const MOST_DEPTH = 16;

/**
 * Finds the tensors in an unpickled value: arrays, tensors, and lists of numbers, by their keys, those of
 * dicts in dicts joined by dots. The value itself, when it is one, has the empty name.
 */
export function collectTensors(value: unknown): Map<string, FoundTensor> {
  const found = new Map<string, FoundTensor>();
  // Each container once: pickles can hold one within itself, or the same one over and over.
  const seen = new Set<unknown>();
  const visit = (item: unknown, name: string, depth: number) => {
    const tensor = tensorIn(item, seen);
    if (tensor !== undefined) {
      found.set(name, tensor);
      return;
    }
    if (depth >= MOST_DEPTH || seen.has(item)) return;
    const children = item instanceof Map ? item : Array.isArray(item) ? item.entries() : [];
    if (item instanceof Map || Array.isArray(item)) seen.add(item);
    for (const [key, child] of children) {
      if (typeof key !== 'string' && typeof key !== 'number') continue;
      visit(child, name === '' ? `${key}` : `${name}.${key}`, depth + 1);
    }
  };
  visit(value, '', 0);
  return found;
}

function tensorIn(item: unknown, seen: ReadonlySet<unknown>): FoundTensor | undefined {
  if (item instanceof TorchTensor) {
    return { cost: Math.max(item.span, elementCount(item.dims)), read: () => item.read() };
  }
  if (item instanceof NumpyArray) {
    return { cost: elementCount(item.dims), read: async () => item.tensor() };
  }
  if (!Array.isArray(item) || seen.has(item)) return undefined;
  const dims = listDims(item);
  if (dims === undefined) return undefined;
  return { cost: elementCount(dims), read: async () => ({ dims, data: listNumbers(item, dims) }) };
}

/** The dimensions of a list of (lists of) numbers or arrays, by its first items. */
function listDims(list: readonly unknown[]): number[] | undefined {
  const dims: number[] = [];
  let item: unknown = list;
  while (Array.isArray(item)) {
    if (item.length === 0 || dims.length >= MOST_DEPTH) return undefined;
    dims.push(item.length);
    item = item[0];
  }
  if (item instanceof NumpyArray) return [...dims, ...item.dims];
  return typeof item === 'number' ? dims : undefined;
}

function listNumbers(list: readonly unknown[], dims: readonly number[]): Float32Array {
  const numbers = new Float32Array(elementCount(dims));
  let at = 0;
  const fill = (item: unknown, depth: number) => {
    if (typeof item === 'number' && depth === dims.length) {
      numbers[at++] = item;
    } else if (Array.isArray(item) && item.length === dims[depth]) {
      for (const child of item) fill(child, depth + 1);
    } else if (item instanceof NumpyArray && item.dims.join() === dims.slice(depth).join()) {
      const { data } = item.tensor();
      numbers.set(data, at);
      at += data.length;
    } else {
      throw unreadable('A list of numbers has rows of different lengths, or other things among its numbers.');
    }
  };
  fill(list, 0);
  return numbers;
}
