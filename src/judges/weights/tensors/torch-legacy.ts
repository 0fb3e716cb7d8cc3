import { type ByteSource, memorySource } from './byte-source.ts';
import { unpickle } from './pickle.ts';
import { ELEMENT_BYTES } from './tensor.ts';
import { damaged, unreadable } from './tensor-file-problem.ts';
import {
  parseStorageId,
  type StorageId,
  storageBytes,
  TORCH_GLOBALS,
  TorchStorageReference,
} from './torch-globals.ts';

/** A pickle of the number 0x1950a86a20f9469cfc6c, in protocol 2: how these files begin. */
const MAGIC = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');
const FORMAT_VERSION = 1001;
const MOST_PICKLE_BYTES = 64 * 2 ** 20;

/** Whether a file begins as PyTorch's files did before version 1.6. */
export async function isLegacyTorch(source: ByteSource): Promise<boolean> {
  return source.size >= MAGIC.length && MAGIC.equals(await source.read(0, MAGIC.length));
}

/**
 * Reads what `torch.save` wrote before PyTorch 1.6: pickles of a magic number, a version, facts about
 * the machine, the value and the list of its storages, and then the storages' bytes. These are read
 * when their tensors are.
 *
 * @returns the pickled value, with TorchTensors in it
 * @throws TensorFileProblem
 */
export async function readLegacyTorch(source: ByteSource): Promise<unknown> {
  const head = await source.read(0, Math.min(source.size, MOST_PICKLE_BYTES));
  return parseLegacyTorch(head, source);
}

/** The same for a file within a pickle: how `pickle.dump` writes the storage of a tensor. */
export function parseNestedTorch(bytes: Uint8Array): unknown {
  if (!MAGIC.equals(bytes.subarray(0, MAGIC.length))) {
    // Read all the same: a pickle in there that names code is to be reported as such.
    unpickle(bytes, { globals: TORCH_GLOBALS });
    throw unreadable('A storage is in an unknown format.');
  }
  return parseLegacyTorch(bytes, memorySource(bytes));
}

/** One storage: what the value says of it, and, once known, where its bytes begin. */
interface PlacedStorage {
  readonly id: StorageId;
  start: number | undefined;
}

function parseLegacyTorch(head: Uint8Array, source: ByteSource): unknown {
  const globals = TORCH_GLOBALS;
  const version = unpickle(head, { globals }, MAGIC.length);
  if (version.value !== FORMAT_VERSION) throw unreadable('The file is of an unknown version of its format.');
  const machine = unpickle(head, { globals }, version.end);
  if (machine.value instanceof Map && machine.value.get('little_endian') === false) {
    throw unreadable('The file was written on a machine with the other byte order.');
  }
  const storages = new Map<string, PlacedStorage>();
  const persistent = (id: unknown) => storageOf(parseStorageId(id), storages, source);
  const content = unpickle(head, { globals, persistent }, machine.end);
  const keys = unpickle(head, { globals }, content.end);
  if (!Array.isArray(keys.value)) throw damaged('The file has no list of its storages.');
  let position = keys.end;
  for (const key of keys.value) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined) throw damaged('The file lists a storage that nothing uses.');
    if (storage.start !== undefined) throw damaged('The file lists a storage twice.');
    // Before the numbers stands how many they are.
    storage.start = position + 8;
    position = storage.start + storageBytes(storage.id);
  }
  return content.value;
}

function storageOf(
  id: StorageId,
  storages: Map<string, PlacedStorage>,
  source: ByteSource,
): TorchStorageReference {
  const storage = storages.get(id.key) ?? { id, start: undefined };
  if (storage.id.type !== id.type || storage.id.count !== id.count) {
    throw damaged('The file gives a storage two sizes.');
  }
  storages.set(id.key, storage);
  const view = id.view ?? { first: 0, count: id.count };
  if (view.first + view.count > id.count) throw damaged('A part of a storage reaches beyond it.');
  const size = ELEMENT_BYTES[id.type];
  return new TorchStorageReference({
    type: id.type,
    count: view.count,
    async read(first, count) {
      if (storage.start === undefined) throw damaged('The file does not have a storage that it uses.');
      return await source.read(storage.start + (view.first + first) * size, count * size);
    },
  });
}
