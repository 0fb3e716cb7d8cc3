import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, type ZipFile } from 'yauzl';
import { messageOf } from '../../errors.ts';
import { ArchiveError, damaged, unsafe } from '../archive-error.ts';
import { checkName, shown } from './entry-name.ts';
import { FileWindow, WindowReader } from './file-window.ts';
import {
  CENTRAL_BYTES,
  DEFLATED,
  END_BYTES,
  END64_BYTES,
  LOCAL_BYTES,
  LOCAL_SIGNATURE,
  MOST_32,
  STORED,
  type ZipRecord,
} from './zip-format.ts';

/** More entries no archive has: some four million pictures. */
const MOST_ENTRIES = 4_000_000;
/** The largest entry after inflating, in bytes. */
const LARGEST_ENTRY = 16 * 1024 ** 3;
/** Rows have seeds, hashes and times in them: many of them do not shrink more, whatever else they say. */
const MOST_RATIO = 200;
/** So little may shrink as it likes, in bytes. */
const SMALL_ENTRY = 64 * 1024 ** 2;
/** What yauzl says of a file at whose end no zip archive ends. */
const NO_END = /end of central directory record signature not found/i;
const CHUNK_BYTES = 256 * 1024;
const LIST_WINDOW_BYTES = 256 * 1024;
const HEADER_WINDOW_BYTES = 4 * 1024;
/** Encryption, a descriptor behind the data, and what nobody uses; but for the mark of UTF-8 all are refused. */
const UTF8_FLAG = 0x800;
const FILE_TYPE = 0o170000;
const REGULAR_FILE = 0o100000;
const DOS_FOLDER = 0x10;

/**
 * Reads a zip archive as `ZipWriter` writes it, and refuses every other: entries lie one right behind the other
 * in the order of the list, nothing lies between or around them, and header and list say the same.
 */
export class ZipReader {
  readonly #file: FileHandle;
  readonly #size: number;
  /** Headers and data; the list of the entries is read by windows of its own. */
  readonly #window: FileWindow;

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
    this.#window = new FileWindow(file, size, HEADER_WINDOW_BYTES);
  }

  /** @throws ArchiveError `ARCHIVE_UNREADABLE` */
  static async open(path: string): Promise<ZipReader> {
    const file = await open(path, 'r').catch((cause: unknown) => {
      throw unreadable(`${path} cannot be read: ${messageOf(cause)}`, cause);
    });
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw unreadable(`${path} is no file.`);
      return new ZipReader(file, stats.size);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /**
   * All entries in their order, each checked before it is handed out; nothing of their data is read.
   *
   * @throws ArchiveError `ARCHIVE_UNREADABLE`, `ARCHIVE_DAMAGED`, `ARCHIVE_UNSAFE`
   */
  async *entries(): AsyncGenerator<ZipRecord> {
    const zip = await this.#openZip();
    let end = 0;
    let listBytes = 0;
    for await (const entry of withZipErrors(zip)) {
      const record = this.#checkEntry(entry);
      if (record.offset !== end)
        throw unsafe(`its entry ${record.name} does not lie right behind the one before.`);
      end = (await this.#dataStart(record)) + record.compressedBytes;
      listBytes += CENTRAL_BYTES + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
      yield record;
    }
    const rest = this.#size - end - listBytes;
    if (rest !== END_BYTES && rest !== END_BYTES + END64_BYTES)
      throw unsafe('something lies between its entries and their list.');
  }

  /** The whole of an entry that is stored as it is, its checksum verified. */
  async bytes(record: ZipRecord): Promise<Buffer> {
    if (record.method !== STORED) throw unsafe(`its entry ${record.name} is compressed.`);
    const bytes = await this.#read(await this.#dataStart(record), record.bytes, record.name);
    if (crc32(bytes) !== record.crc32) throw damaged(`${record.name} is not what its checksum says.`);
    return bytes;
  }

  /**
   * An entry's data, inflated, a piece at a time.
   *
   * @param sha256 what they have to come to, in hex; default: only the checksum of the zip format is asked
   * @throws ArchiveError `ARCHIVE_DAMAGED` also at the end, where they are not what they should be
   */
  async *data(record: ZipRecord, sha256?: string): AsyncGenerator<Uint8Array> {
    const start = await this.#dataStart(record);
    const hash = createHash('sha256');
    let checksum = 0;
    let bytes = 0;
    for await (const chunk of this.#inflated(record, start)) {
      bytes += chunk.byteLength;
      // Before anything is made of it: a size that lies must not fill the memory.
      if (bytes > record.bytes) throw damaged(`${record.name} is longer than it says.`);
      hash.update(chunk);
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
    if (bytes !== record.bytes) throw damaged(`${record.name} is shorter than it says.`);
    if (checksum !== record.crc32 || (sha256 !== undefined && hash.digest('hex') !== sha256))
      throw damaged(`${record.name} is not what its checksum says.`);
  }

  async *#inflated(record: ZipRecord, start: number): AsyncGenerator<Uint8Array> {
    const source = Readable.from(this.#raw(record, start), { objectMode: true, highWaterMark: 2 });
    const inflate = createInflateRaw();
    source.on('error', (error) => inflate.destroy(error));
    try {
      for await (const chunk of source.pipe(inflate)) if (chunk instanceof Uint8Array) yield chunk;
    } catch (error) {
      if (error instanceof ArchiveError) throw error;
      throw damaged(`${record.name} cannot be inflated.`, error);
    } finally {
      source.destroy();
      inflate.destroy();
    }
    if (inflate.bytesWritten !== record.compressedBytes)
      throw damaged(`${record.name} has something behind its data.`);
  }

  async *#raw({ name, compressedBytes }: ZipRecord, start: number): AsyncGenerator<Uint8Array> {
    for (let done = 0; done < compressedBytes; done += CHUNK_BYTES)
      yield await this.#read(start + done, Math.min(CHUNK_BYTES, compressedBytes - done), name);
  }

  async #openZip(): Promise<ZipFile> {
    let zip: ZipFile;
    try {
      // Names as bytes: yauzl would make a slash of a backslash.
      const list = new FileWindow(this.#file, this.#size, LIST_WINDOW_BYTES);
      zip = await fromRandomAccessReaderPromise(new WindowReader(list), this.#size, {
        autoClose: false,
        decodeStrings: false,
      });
    } catch (cause) {
      if (NO_END.test(messageOf(cause)) && (await this.#beginsAsZip()))
        throw damaged('it is cut off: its end is missing.', cause);
      throw unreadable(
        `It is no zip archive, or its end is broken: ${messageOf(cause).slice(0, 120)}`,
        cause,
      );
    }
    if (zip.comment.length > 0) throw unsafe('it has a comment.');
    if (zip.entryCount > MOST_ENTRIES)
      throw unsafe(`it has ${zip.entryCount} entries; an archive has at most ${MOST_ENTRIES}.`);
    return zip;
  }

  /** Whether the first bytes are those of a zip archive, whatever has become of the rest. */
  async #beginsAsZip(): Promise<boolean> {
    return this.#size >= 2 && (await this.#read(0, 2, 'its beginning')).toString('latin1') === 'PK';
  }

  #checkEntry(entry: Entry): ZipRecord {
    const name = checkName(entry.fileNameRaw);
    if (entry.isEncrypted()) throw unsafe(`its entry ${name} is encrypted.`);
    if ((entry.generalPurposeBitFlag & ~UTF8_FLAG) !== 0)
      throw unsafe(`its entry ${name} has flags that art export does not set.`);
    const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
    if ((type !== 0 && type !== REGULAR_FILE) || (entry.externalFileAttributes & DOS_FOLDER) !== 0)
      throw unsafe(`its entry ${name} is a link, a folder or a device, no file.`);
    const { compressionMethod: method, compressedSize, uncompressedSize } = entry;
    if (method !== STORED && method !== DEFLATED)
      throw unsafe(`its entry ${name} is compressed in an unknown way (${method}).`);
    if (uncompressedSize > LARGEST_ENTRY) throw unsafe(`its entry ${name} has ${uncompressedSize} bytes.`);
    if (uncompressedSize > Math.max(SMALL_ENTRY, MOST_RATIO * compressedSize))
      throw unsafe(
        `its entry ${name} would inflate to ${Math.round(uncompressedSize / compressedSize)} times its size.`,
      );
    return {
      name,
      method,
      crc32: entry.crc32,
      compressedBytes: compressedSize,
      bytes: uncompressedSize,
      offset: entry.relativeOffsetOfLocalHeader,
    };
  }

  /** Where an entry's data begin; its header has to say what the list says. */
  async #dataStart(record: ZipRecord): Promise<number> {
    const { name, offset } = record;
    const fixed = await this.#read(offset, LOCAL_BYTES, name);
    const nameLength = fixed.readUInt16LE(26);
    const extraLength = fixed.readUInt16LE(28);
    if (
      fixed.readUInt32LE(0) !== LOCAL_SIGNATURE ||
      (fixed.readUInt16LE(6) & ~UTF8_FLAG) !== 0 ||
      fixed.readUInt16LE(8) !== record.method ||
      fixed.readUInt32LE(14) !== record.crc32 ||
      !isSize(fixed.readUInt32LE(18), record.compressedBytes) ||
      !isSize(fixed.readUInt32LE(22), record.bytes) ||
      nameLength !== name.length
    )
      throw damaged(`the header of ${name} is not what the list says.`);
    const more = await this.#read(offset + LOCAL_BYTES, nameLength + extraLength, name);
    if (more.toString('latin1', 0, nameLength) !== name)
      throw damaged(`the header of ${name} names another entry, ${shown(more.subarray(0, nameLength))}.`);
    const start = offset + LOCAL_BYTES + nameLength + extraLength;
    if (!(start + record.compressedBytes <= this.#size)) throw damaged(`${name} is cut off.`);
    return start;
  }

  async #read(position: number, length: number, name: string): Promise<Buffer> {
    try {
      return await this.#window.read(position, length);
    } catch (cause) {
      throw damaged(`${name} cannot be read: ${messageOf(cause)}`, cause);
    }
  }
}

/** Whether a size of a header is that of the list; zip64 keeps it elsewhere. */
function isSize(said: number, bytes: number): boolean {
  return said === bytes || said === MOST_32;
}

/** What yauzl has to say of the list of entries. */
async function* withZipErrors(zip: ZipFile): AsyncGenerator<Entry> {
  const entries = zip.eachEntry();
  for (;;) {
    let next: IteratorResult<Entry>;
    try {
      next = await entries.next();
    } catch (cause) {
      throw damaged(`its list of entries cannot be read: ${messageOf(cause).slice(0, 120)}`, cause);
    }
    if (next.done) return;
    yield next.value;
  }
}

function unreadable(message: string, cause?: unknown): ArchiveError {
  return new ArchiveError({
    code: 'ARCHIVE_UNREADABLE',
    message,
    hint: 'Give an archive that art export has written.',
    cause,
  });
}
