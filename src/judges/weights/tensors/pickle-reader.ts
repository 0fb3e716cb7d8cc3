import { damaged } from './tensor-file-problem.ts';

const MOST_LONG_BYTES = 32;
const MOST_DIGITS = 40;

/** Reads the pieces that pickle instructions are made of, never past the end. */
export class PickleReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position: number;

  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
  }

  get position(): number {
    return this.#position;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** A 64-bit length. Beyond 2^53 it is not exact, but then no file is as long either. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** Big-endian, as pickle's only. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  utf8(length: number): string {
    return new TextDecoder().decode(this.bytes(length));
  }

  latin1(length: number): string {
    return latin1(this.bytes(length));
  }

  /** Up to the next line end, which is left out. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#position);
    if (end === -1) throw damaged('The pickle is cut off in a line of text.');
    const text = latin1(this.#bytes.subarray(this.#position, end));
    this.#position = end + 1;
    return text;
  }

  /** A line with a whole number, as protocols 0 and 1 write it; `L` may follow. */
  decimalLine(): number | bigint {
    const text = this.line();
    if (!/^-?\d+L?$/.test(text) || text.length > MOST_DIGITS)
      throw damaged('The pickle has a number that is none.');
    return narrow(BigInt(text.replace('L', '')));
  }

  /** A whole number of so many bytes, two's complement, the lowest byte first. */
  long(length: number): number | bigint {
    if (length > MOST_LONG_BYTES) throw damaged(`The pickle has a whole number of ${length} bytes.`);
    const bytes = this.bytes(length);
    let value = 0n;
    for (const byte of bytes.toReversed()) value = (value << 8n) | BigInt(byte);
    return narrow(BigInt.asIntN(length * 8, value));
  }

  #advance(length: number): number {
    const start = this.#position;
    if (length > this.#bytes.length - start) throw damaged('The pickle is cut off.');
    this.#position = start + length;
    return start;
  }
}

/** Bytes as text, one character each. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** A plain number where it can be one. */
function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
