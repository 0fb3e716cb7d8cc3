import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { RandomAccessReader } from 'yauzl';

/** A file read by position, a window at a time: the list of an archive's entries is read in tiny pieces. */
export class FileWindow {
  readonly #file: FileHandle;
  readonly #size: number;
  readonly #windowBytes: number;
  #window: Buffer = Buffer.alloc(0);
  #start = 0;

  /** @param windowBytes so much is read at once where only a little is asked for */
  constructor(file: FileHandle, size: number, windowBytes: number) {
    this.#file = file;
    this.#size = size;
    this.#windowBytes = windowBytes;
  }

  /**
   * Some bytes of the file; a view that later reads leave as it is.
   *
   * @throws RangeError where the file ends before
   */
  async read(position: number, length: number): Promise<Buffer> {
    if (!(position >= 0 && length >= 0 && position + length <= this.#size))
      throw new RangeError('it ends too early');
    const from = position - this.#start;
    if (from >= 0 && from + length <= this.#window.byteLength)
      return this.#window.subarray(from, from + length);
    if (length >= this.#windowBytes) return await this.#load(position, length);
    this.#window = await this.#load(position, Math.min(this.#windowBytes, this.#size - position));
    this.#start = position;
    return this.#window.subarray(0, length);
  }

  async #load(position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await this.#file.read(bytes, done, length - done, position + done);
      if (bytesRead === 0) throw new RangeError('it ends too early');
      done += bytesRead;
    }
    return bytes;
  }
}

/** Lets yauzl read from a {@link FileWindow}. */
export class WindowReader extends RandomAccessReader {
  readonly #window: FileWindow;

  constructor(window: FileWindow) {
    super();
    this.#window = window;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#window.read(position, length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        callback(null);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }

  override _readStreamForRange(): Readable {
    return Readable.from([]);
  }
}
