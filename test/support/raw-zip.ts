import { crc32, deflateRawSync } from 'node:zlib';

/** An entry of a zip archive, with all that may be said of it wrongly. */
export interface RawEntry {
  readonly name: string | Buffer;
  readonly content?: Uint8Array | string;
  readonly deflate?: boolean;
  readonly flags?: number;
  readonly method?: number;
  /** Unix mode, file type included. */
  readonly mode?: number;
  readonly crc32?: number;
  /** What is said of its size after inflating. */
  readonly bytes?: number;
  readonly compressedBytes?: number;
  /** Where its header is said to lie. */
  readonly offset?: number;
  /** An extra field of the list, whole. */
  readonly extra?: Buffer;
  /** What its own header calls it. */
  readonly localName?: string;
  /** Only named in the list; `offset` says where it is said to lie. */
  readonly listedOnly?: boolean;
}

/** Writes a zip archive that says whatever it is told to say. */
export function rawZip(
  entries: readonly RawEntry[],
  end: { readonly count?: number; readonly comment?: Buffer; readonly listOffset?: number } = {},
): Buffer {
  const parts: Buffer[] = [];
  const list: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? '');
    const data = entry.deflate ? deflateRawSync(content) : content;
    const method = entry.method ?? (entry.deflate ? 8 : 0);
    const name = Buffer.from(entry.name);
    const said = {
      crc: entry.crc32 ?? crc32(content),
      bytes: entry.bytes ?? content.byteLength,
      compressed: entry.compressedBytes ?? data.byteLength,
    };
    if (!entry.listedOnly) {
      const localName = Buffer.from(entry.localName ?? name);
      const header = Buffer.alloc(30);
      header.writeUInt32LE(0x04034b50, 0);
      header.writeUInt16LE(20, 4);
      header.writeUInt16LE(entry.flags ?? 0, 6);
      header.writeUInt16LE(method, 8);
      header.writeUInt32LE(said.crc, 14);
      header.writeUInt32LE(said.compressed, 18);
      header.writeUInt32LE(said.bytes, 22);
      header.writeUInt16LE(localName.byteLength, 26);
      parts.push(header, localName, data);
    }
    const extra = entry.extra ?? Buffer.alloc(0);
    const record = Buffer.alloc(46);
    record.writeUInt32LE(0x02014b50, 0);
    record.writeUInt16LE((3 << 8) | 20, 4);
    record.writeUInt16LE(20, 6);
    record.writeUInt16LE(entry.flags ?? 0, 8);
    record.writeUInt16LE(method, 10);
    record.writeUInt32LE(said.crc, 16);
    record.writeUInt32LE(said.compressed, 20);
    record.writeUInt32LE(said.bytes, 24);
    record.writeUInt16LE(name.byteLength, 28);
    record.writeUInt16LE(extra.byteLength, 30);
    record.writeUInt32LE(((entry.mode ?? 0o100600) << 16) >>> 0, 38);
    record.writeUInt32LE(entry.offset ?? offset, 42);
    list.push(record, name, extra);
    if (!entry.listedOnly) offset += 30 + Buffer.byteLength(entry.localName ?? name) + data.byteLength;
  }
  const comment = end.comment ?? Buffer.alloc(0);
  const listed = Buffer.concat(list);
  const last = Buffer.alloc(22);
  last.writeUInt32LE(0x06054b50, 0);
  last.writeUInt16LE((end.count ?? entries.length) & 0xffff, 8);
  last.writeUInt16LE((end.count ?? entries.length) & 0xffff, 10);
  last.writeUInt32LE(listed.byteLength, 12);
  last.writeUInt32LE(end.listOffset ?? offset, 16);
  last.writeUInt16LE(comment.byteLength, 20);
  return Buffer.concat([...parts, listed, last, comment]);
}
