import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32, createDeflateRaw } from 'node:zlib';
import { CENTRAL_BYTES, centralRecord, DEFLATED, endRecords, localHeader, STORED } from './zip-format.ts';

/** So many bytes are gathered before they are written. */
const CHUNK_BYTES = 1024 * 1024;

/** What an entry came to. */
export interface WrittenEntry {
  readonly name: string;
  readonly bytes: number;
  /** In lower-case hex. */
  readonly sha256: string;
}

/**
 * Writes a zip archive, one entry after the other, in memory that does not grow with what is in them: the list
 * of the entries takes some 150 bytes each until the end. Two archives of the same entries are the same bytes.
 *
 * The libraries were weighed: yazl looks through all entries at every one (its time grows with their square),
 * zip-stream and zip.js keep 0.5 to 20 KB of each, and none of them writes without data descriptors to a file.
 */
export class ZipWriter {
  readonly #file: FileHandle;
  readonly #list: Buffer[] = [];
  #listBytes = 0;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Where the next byte goes, the ones that wait included. */
  #end = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Begins an archive in a new file, which nobody else may read. */
  static async create(path: string): Promise<ZipWriter> {
    return new ZipWriter(await open(path, 'wx', 0o600));
  }

  /** How long the archive is so far. */
  get byteLength(): number {
    return this.#end;
  }

  /** The entries so far, in their order, with their names and sizes. */
  *entries(): Generator<{ readonly name: string; readonly bytes: number }> {
    for (const record of this.#list) {
      const length = record.readUInt16LE(28);
      yield {
        name: record.toString('latin1', CENTRAL_BYTES, CENTRAL_BYTES + length),
        bytes: record.readUInt32LE(24),
      };
    }
  }

  /** Adds an entry as it is. */
  async addStored(name: string, bytes: Uint8Array): Promise<void> {
    const { byteLength } = bytes;
    const entry = {
      name,
      method: STORED,
      crc32: crc32(bytes),
      compressedBytes: byteLength,
      bytes: byteLength,
      offset: this.#end,
    } as const;
    await this.#write(localHeader(entry, false));
    await this.#write(bytes);
    this.#note(centralRecord(entry));
  }

  /** Adds an entry of any length, compressed. */
  async addDeflated(name: string, texts: AsyncIterable<string | Uint8Array>): Promise<WrittenEntry> {
    const offset = this.#end;
    const unknown = { name, method: DEFLATED, crc32: 0, compressedBytes: 0, bytes: 0 } as const;
    await this.#write(localHeader(unknown, true));
    const hash = createHash('sha256');
    let bytes = 0;
    let checksum = 0;
    const watched = async function* () {
      for await (const text of texts) {
        const chunk = typeof text === 'string' ? Buffer.from(text) : text;
        hash.update(chunk);
        checksum = crc32(chunk, checksum);
        bytes += chunk.byteLength;
        yield chunk;
      }
    };
    const start = this.#end;
    for await (const chunk of deflated(watched())) await this.#write(chunk);
    const entry = { ...unknown, crc32: checksum, compressedBytes: this.#end - start, bytes, offset };
    await this.#flush();
    // Only now it is known what the header says.
    const header = localHeader(entry, true);
    await writeAll(this.#file, header, offset);
    this.#note(centralRecord(entry));
    return { name, bytes, sha256: hash.digest('hex') };
  }

  /** Writes the list of the entries; resolves when the archive would survive a crash. */
  async finish(): Promise<void> {
    const offset = this.#end;
    for (const record of this.#list) await this.#write(record);
    await this.#write(endRecords({ entries: this.#list.length, bytes: this.#listBytes, offset }));
    await this.#flush();
    await this.#file.sync();
  }

  /** Closes the file, finished or not. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  #note(record: Buffer): void {
    this.#list.push(record);
    this.#listBytes += record.byteLength;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.byteLength;
    this.#end += bytes.byteLength;
    if (this.#waitingBytes >= CHUNK_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    const chunk = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    await writeAll(this.#file, chunk, this.#end - chunk.byteLength);
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}

async function* deflated(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(chunks, { objectMode: true, highWaterMark: 4 });
  const stream = createDeflateRaw();
  // A stream that is piped does not hear of its source's end by failure.
  source.on('error', (error) => stream.destroy(error));
  try {
    for await (const chunk of source.pipe(stream)) if (chunk instanceof Uint8Array) yield chunk;
  } finally {
    source.destroy();
    stream.destroy();
  }
}
