/**
 * The few parts of the zip format that archives of campaigns use: no data descriptors, no comments, no dates
 * (they would make two archives of one campaign differ), one entry right behind the other.
 *
 * Source: APPNOTE.TXT, .ZIP File Format Specification, version 6.3.10, sections 4.3 and 4.5.3.
 */

export const LOCAL_SIGNATURE = 0x04034b50;
export const CENTRAL_SIGNATURE = 0x02014b50;
export const LOCAL_BYTES = 30;
export const CENTRAL_BYTES = 46;
/** The record at the end; with zip64 another two stand before it. */
export const END_BYTES = 22;
export const END64_BYTES = 56 + 20;
export const STORED = 0;
export const DEFLATED = 8;
/** What stands where a number needs more than 32 bits. */
export const MOST_32 = 0xffff_ffff;

const END_SIGNATURE = 0x06054b50;
const END64_SIGNATURE = 0x06064b50;
const LOCATOR64_SIGNATURE = 0x07064b50;
const ZIP64_FIELD = 1;
/** Version 4.5, for zip64; made by Unix, so that the mode is understood. */
const VERSION = 45;
const MADE_BY = (3 << 8) | VERSION;
/** 1 January 1980, where the format's calendar begins. */
const DATE = 0x21;
/** A regular file that its owner alone reads and writes. */
const ATTRIBUTES = (0o100600 << 16) >>> 0;
const MOST_16 = 0xffff;

/** An entry as the list at the end names it. */
export interface ZipRecord {
  /** ASCII. */
  readonly name: string;
  readonly method: typeof STORED | typeof DEFLATED;
  /** Of the data before compression. */
  readonly crc32: number;
  /** As it lies in the archive. */
  readonly compressedBytes: number;
  readonly bytes: number;
  /** Where its header begins. */
  readonly offset: number;
}

/**
 * The header before an entry's data.
 *
 * @param zip64 whether the sizes stand in an extra field: the header of what is still to be written cannot know
 */
export function localHeader(
  { name, method, crc32, compressedBytes, bytes }: Omit<ZipRecord, 'offset'>,
  zip64: boolean,
): Buffer {
  const extra = zip64 ? zip64Field([bytes, compressedBytes]) : Buffer.alloc(0);
  const header = Buffer.alloc(LOCAL_BYTES);
  header.writeUInt32LE(LOCAL_SIGNATURE, 0);
  header.writeUInt16LE(VERSION, 4);
  header.writeUInt16LE(method, 8);
  header.writeUInt16LE(DATE, 12);
  header.writeUInt32LE(crc32, 14);
  header.writeUInt32LE(zip64 ? MOST_32 : compressedBytes, 18);
  header.writeUInt32LE(zip64 ? MOST_32 : bytes, 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(extra.byteLength, 28);
  return Buffer.concat([header, Buffer.from(name, 'latin1'), extra]);
}

/** The entry of the list at the end. */
export function centralRecord({ name, method, crc32, compressedBytes, bytes, offset }: ZipRecord): Buffer {
  const large = [bytes, compressedBytes, offset].filter((value) => value >= MOST_32);
  const extra = large.length === 0 ? Buffer.alloc(0) : zip64Field(large);
  const record = Buffer.alloc(CENTRAL_BYTES);
  record.writeUInt32LE(CENTRAL_SIGNATURE, 0);
  record.writeUInt16LE(MADE_BY, 4);
  record.writeUInt16LE(VERSION, 6);
  record.writeUInt16LE(method, 10);
  record.writeUInt16LE(DATE, 14);
  record.writeUInt32LE(crc32, 16);
  record.writeUInt32LE(Math.min(compressedBytes, MOST_32), 20);
  record.writeUInt32LE(Math.min(bytes, MOST_32), 24);
  record.writeUInt16LE(name.length, 28);
  record.writeUInt16LE(extra.byteLength, 30);
  record.writeUInt32LE(ATTRIBUTES, 38);
  record.writeUInt32LE(Math.min(offset, MOST_32), 42);
  return Buffer.concat([record, Buffer.from(name, 'latin1'), extra]);
}

/** What stands at the very end, behind the list of all entries. */
export function endRecords(list: {
  readonly entries: number;
  readonly bytes: number;
  readonly offset: number;
}): Buffer {
  const { entries, bytes, offset } = list;
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(END_SIGNATURE, 0);
  end.writeUInt16LE(Math.min(entries, MOST_16), 8);
  end.writeUInt16LE(Math.min(entries, MOST_16), 10);
  end.writeUInt32LE(Math.min(bytes, MOST_32), 12);
  end.writeUInt32LE(Math.min(offset, MOST_32), 16);
  if (entries < MOST_16 && bytes < MOST_32 && offset < MOST_32) return end;
  const end64 = Buffer.alloc(END64_BYTES);
  end64.writeUInt32LE(END64_SIGNATURE, 0);
  writeUInt64(end64, 56 - 12, 4);
  end64.writeUInt16LE(MADE_BY, 12);
  end64.writeUInt16LE(VERSION, 14);
  writeUInt64(end64, entries, 24);
  writeUInt64(end64, entries, 32);
  writeUInt64(end64, bytes, 40);
  writeUInt64(end64, offset, 48);
  end64.writeUInt32LE(LOCATOR64_SIGNATURE, 56);
  writeUInt64(end64, offset + bytes, 64);
  end64.writeUInt32LE(1, 72);
  return Buffer.concat([end64, end]);
}

function zip64Field(values: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * values.length);
  field.writeUInt16LE(ZIP64_FIELD, 0);
  field.writeUInt16LE(8 * values.length, 2);
  for (const [index, value] of values.entries()) writeUInt64(field, value, 4 + 8 * index);
  return field;
}

function writeUInt64(buffer: Buffer, value: number, at: number): void {
  buffer.writeBigUInt64LE(BigInt(value), at);
}
