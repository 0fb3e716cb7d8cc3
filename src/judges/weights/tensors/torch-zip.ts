import { Readable } from 'node:stream';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import type { ByteSource } from './byte-source.ts';
import { unpickle } from './pickle.ts';
import { ELEMENT_BYTES } from './tensor.ts';
import { damaged, TensorFileProblem, unreadable } from './tensor-file-problem.ts';
import {
  parseStorageId,
  type StorageId,
  storageBytes,
  TORCH_GLOBALS,
  TorchStorageReference,
} from './torch-globals.ts';

const MOST_PICKLE_BYTES = 64 * 2 ** 20;
const MOST_ENTRIES = 200_000;
const CHUNK_BYTES = 2 ** 20;

/** Whether a file begins as PyTorch's files do since version 1.6: as a zip archive. */
export async function isZip(source: ByteSource): Promise<boolean> {
  if (source.size < 4) return false;
  const start = await source.read(0, 4);
  return start[0] === 0x50 && start[1] === 0x4b && start[2] === 3 && start[3] === 4;
}

/**
 * Reads what `torch.save` wrote since PyTorch 1.6: a zip archive, uncompressed, of `data.pkl` and one
 * file a storage. Storages are read when their tensors are.
 *
 * @returns the pickled value, with TorchTensors in it
 * @throws TensorFileProblem
 */
export async function readTorchZip(source: ByteSource): Promise<unknown> {
  const { zip, entries } = await openZip(source);
  const pickleName = [...entries.keys()].find((name) => /^(?:[^/]+\/)?data\.pkl$/.test(name));
  const pickleEntry = pickleName === undefined ? undefined : entries.get(pickleName);
  if (pickleName === undefined || pickleEntry === undefined) {
    throw unreadable('The file is a zip archive, but not one that PyTorch writes: it has no data.pkl.');
  }
  const folder = pickleName.slice(0, -'data.pkl'.length);
  const readEntry = async (name: string, first: number, length: number) => {
    const entry = entries.get(name);
    if (entry === undefined) throw damaged(`The file has no ${JSON.stringify(name)}.`);
    return await source.read((await dataStart(zip, entry)) + first, length);
  };
  if (pickleEntry.uncompressedSize > MOST_PICKLE_BYTES)
    throw unreadable('The file has a data.pkl that is too large.');
  if (entries.has(`${folder}byteorder`)) {
    const order = await readEntry(
      `${folder}byteorder`,
      0,
      Math.min(6, entries.get(`${folder}byteorder`)?.uncompressedSize ?? 0),
    );
    if (Buffer.from(order).toString('latin1') !== 'little') {
      throw unreadable('The file was written on a machine with the other byte order.');
    }
  }
  const storageOf = (id: StorageId) => {
    const name = `${folder}data/${id.key}`;
    const entry = entries.get(name);
    if (entry === undefined) throw damaged(`The file has no storage ${JSON.stringify(id.key)}.`);
    if (entry.uncompressedSize < storageBytes(id))
      throw damaged('A storage has fewer bytes than it should have.');
    const size = ELEMENT_BYTES[id.type];
    return new TorchStorageReference({
      type: id.type,
      count: id.count,
      read: (first, count) => readEntry(name, first * size, count * size),
    });
  };
  const pickle = await readEntry(pickleName, 0, pickleEntry.uncompressedSize);
  return unpickle(pickle, {
    globals: TORCH_GLOBALS,
    persistent: (id) => storageOf(parseStorageId(id)),
  }).value;
}

/** Reads the list of an archive's files. The source stays open; it is not the archive's to close. */
async function openZip(source: ByteSource): Promise<{ zip: ZipFile; entries: Map<string, Entry> }> {
  return await withZipErrors(async () => {
    const zip = await fromRandomAccessReaderPromise(new SourceReader(source), source.size, {
      autoClose: false,
      lazyEntries: true,
    });
    if (zip.entryCount > MOST_ENTRIES) throw unreadable(`The archive has ${zip.entryCount} files.`);
    const entries = new Map<string, Entry>();
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
    return { zip, entries };
  });
}

async function dataStart(zip: ZipFile, entry: Entry): Promise<number> {
  // PyTorch compresses nothing; what does would have to be unpacked within limits.
  if (
    entry.compressionMethod !== 0 ||
    entry.isEncrypted() ||
    entry.compressedSize !== entry.uncompressedSize
  ) {
    throw unreadable('The archive is compressed or encrypted, which PyTorch does not do.');
  }
  const header = await withZipErrors(() => zip.readLocalFileHeaderPromise(entry, { minimal: true }));
  return header.fileDataStart;
}

/** What yauzl has to say is that the archive is damaged. */
async function withZipErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof TensorFileProblem || !(cause instanceof Error)) throw cause;
    // The file system's own errors have a code; yauzl's have none.
    if ('syscall' in cause) throw cause;
    throw damaged(`The archive is damaged: ${cause.message.slice(0, 120)}.`, cause);
  }
}

/** Lets yauzl read from a source. */
class SourceReader extends RandomAccessReader {
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    super();
    this.#source = source;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(chunks(this.#source, start, end));
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#source.read(position, length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        callback(null);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }
}

async function* chunks(source: ByteSource, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += CHUNK_BYTES)
    yield await source.read(at, Math.min(CHUNK_BYTES, end - at));
}
