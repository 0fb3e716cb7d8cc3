import { basename } from 'node:path';
import { messageOf } from '../../../errors.ts';
import { WeightsError } from '../weights-error.ts';
import { type ByteSource, withFile } from './byte-source.ts';
import { collectTensors } from './collect-tensors.ts';
import { bytesOf, lengthOf } from './numpy-globals.ts';
import { unpickle } from './pickle.ts';
import { PickleFunction } from './pickle-world.ts';
import { isSafetensors, readSafetensors } from './safetensors.ts';
import type { Tensor } from './tensor.ts';
import { damaged, TensorFileProblem, unreadable } from './tensor-file-problem.ts';
import { TORCH_GLOBALS } from './torch-globals.ts';
import { isLegacyTorch, parseNestedTorch, readLegacyTorch } from './torch-legacy.ts';
import { isZip, readTorchZip } from './torch-zip.ts';

export type { Tensor };

/** A plain pickle is read as a whole; this is a hundred times the largest that judges use. */
const MOST_PICKLE_BYTES = 512 * 2 ** 20;

/** Views may share numbers, but a file that has each of them many times over wants to fill the memory. */
const MOST_SHARING = 4;
const ALWAYS_ALLOWED = 2 ** 20;

/**
 * Reads the tensors of a file: safetensors, PyTorch (zip or the format before 1.6) or a pickle of
 * arrays, lists or tensors. The format is told from the content, not from the name. Nothing in the file
 * is run; of safetensors and PyTorch files only the tensors asked for are read.
 *
 * @param names the tensors to read; default: all. What the file does not have is not in the answer
 * @returns by name, as float32; a file that is a single tensor gives it the name `''`
 * @throws {@link WeightsError} `WEIGHTS_UNSAFE` for a pickle that wants code to be called,
 *   `WEIGHTS_DAMAGED` for a broken file, `WEIGHTS_UNREADABLE` for one of another format or without
 *   tensors, `MODEL_FILE_NOT_FOUND` for none
 */
export async function readTensors(
  path: string,
  names?: readonly string[],
): Promise<ReadonlyMap<string, Tensor>> {
  try {
    return await withFile(path, (source) =>
      tensorsOf(source, names === undefined ? undefined : new Set(names)),
    );
  } catch (error) {
    throw toWeightsError(error, path);
  }
}

/**
 * Reads a file that holds one tensor, whatever it is called there: see {@link readTensors}.
 *
 * @throws {@link WeightsError} as {@link readTensors}, and `WEIGHTS_UNREADABLE` for several tensors
 */
export async function readTensor(path: string): Promise<Tensor> {
  const tensors = await readTensors(path);
  const [only] = tensors.values();
  if (tensors.size === 1 && only !== undefined) return only;
  throw toWeightsError(
    unreadable(
      `The file has ${tensors.size} tensors (${listed([...tensors.keys()])}), where one is expected.`,
    ),
    path,
  );
}

/** The tensors of a source; see {@link readTensors}. */
export async function tensorsOf(
  source: ByteSource,
  wanted?: ReadonlySet<string>,
): Promise<Map<string, Tensor>> {
  if (source.size === 0) throw damaged('The file is empty.');
  if (await isSafetensors(source)) return await readSafetensors(source, wanted);
  const found = collectTensors(await pickledValue(source));
  if (found.size === 0) throw unreadable('The file holds no tensors.');
  let allowed = MOST_SHARING * source.size + ALWAYS_ALLOWED;
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of found) {
    if (wanted !== undefined && !wanted.has(name)) continue;
    allowed -= tensor.cost;
    if (allowed < 0) throw unreadable('The file has the same numbers in too many tensors.');
    tensors.set(name, await tensor.read());
  }
  return tensors;
}

async function pickledValue(source: ByteSource): Promise<unknown> {
  if (await isZip(source)) return await readTorchZip(source);
  if (await isLegacyTorch(source)) return await readLegacyTorch(source);
  const start = await source.read(0, Math.min(source.size, 64));
  if (source.size > MOST_PICKLE_BYTES) throw unreadable(`${kindOf(start)}, and too large for a pickle.`);
  const hasProtocol = start[0] === 0x80 && (start[1] ?? 0) >= 2 && (start[1] ?? 0) <= 5;
  if (hasProtocol) return readPickle(await source.read(0, source.size));
  // Protocols 0 and 1 have no mark of their own; they end as they all do, and begin with a container or a name.
  const [last] = await source.read(source.size - 1, 1);
  const isOld = last === 0x2e && /^[(\]})lc]/.test(String.fromCharCode(start[0] ?? 0));
  if (!isOld) throw unreadable(`${kindOf(start)}, no file of tensors.`);
  try {
    return readPickle(await source.read(0, source.size));
  } catch (error) {
    const isBroken = error instanceof TensorFileProblem && error.code === 'WEIGHTS_DAMAGED';
    throw isBroken ? unreadable(`${kindOf(start)}, no file of tensors.`, error) : error;
  }
}

function readPickle(bytes: Uint8Array): unknown {
  let allowed = 2 * bytes.length;
  const loadFromBytes = new PickleFunction(([raw]) => {
    allowed -= lengthOf(raw);
    if (allowed < 0) throw unreadable('The pickle holds the same storage too often.');
    return parseNestedTorch(bytesOf(raw));
  });
  const globals = new Map([...TORCH_GLOBALS, ['torch.storage._load_from_bytes', loadFromBytes] as const]);
  return unpickle(bytes, { globals }).value;
}

/** What a file seems to be, for people who fetched the wrong thing. */
function kindOf(start: Uint8Array): string {
  const text = Buffer.from(start).toString('latin1');
  if (text.startsWith('version https://git-lfs')) return 'It is a Git LFS pointer instead of the file itself';
  if (/^\s*<(?:!doctype|html)/i.test(text)) return 'It is a web page';
  if (text.startsWith('\u0093NUMPY')) return 'It is a NumPy .npy file';
  if (text.startsWith('GGUF')) return 'It is a GGUF file';
  if (text.startsWith('\u0089HDF')) return 'It is an HDF5 file';
  return 'It is something else';
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 60)));
  return names.length > 5 ? `${shown.join(', ')}, …` : shown.join(', ');
}

function toWeightsError(error: unknown, path: string): unknown {
  const file = basename(path);
  if (error instanceof TensorFileProblem) {
    return new WeightsError({
      code: error.code,
      message: `${file} cannot be used. ${error.message}`,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      data: { ...error.data, path },
      cause: error.cause ?? error,
    });
  }
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (typeof code !== 'string') return error;
  return new WeightsError({
    code: code === 'ENOENT' ? 'MODEL_FILE_NOT_FOUND' : 'WEIGHTS_UNREADABLE',
    message: `${file} cannot be read: ${messageOf(error)}`,
    hint: 'Check the path and who may read the file.',
    data: { path },
    cause: error,
  });
}
