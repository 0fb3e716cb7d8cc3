/** Random choices that a seed repeats; the dice of `test/fuzz` are. */
export interface Choices {
  /** From 0 up to but without `below`. */
  int(below: number): number;
}

/** A damaged copy of an archive. */
export interface DamagedArchive {
  /** What was done to it, for messages. */
  readonly how: string;
  readonly bytes: Buffer;
}

const LOCAL = Buffer.from([0x50, 0x4b, 3, 4]);
const CENTRAL = Buffer.from([0x50, 0x4b, 1, 2]);
const END = Buffer.from([0x50, 0x4b, 5, 6]);
const NAMES = [
  '../../../tmp/x.png',
  '/etc/x',
  '..\\x',
  'C:\\x',
  'rows/turns.jsonl',
  'manifest.json',
  'a\0b',
  'x/',
];
const SIZES = [0, 1, 0x7fff_ffff, 0xffff_fffe, 0xffff_ffff];

/**
 * Damages an archive (or any zip file) in one to three ways: flipped bits and bytes, parts cut out, doubled, moved
 * or filled, its end cut off or added to, headers that name other entries, other sizes, other flags, other places.
 *
 * @param archive a sound one
 * @param choices decide everything
 */
export function damagedArchive(archive: Buffer, choices: Choices): DamagedArchive {
  let bytes: Buffer = Buffer.from(archive);
  const how: string[] = [];
  for (let times = 1 + choices.int(3); times > 0 && bytes.byteLength > 0; times--) {
    const way = pick(WAYS, choices);
    if (way === undefined) break;
    const done = way(bytes, choices);
    bytes = done.bytes;
    how.push(done.how);
  }
  return { how: how.join(', then '), bytes };
}

type Way = (bytes: Buffer, choices: Choices) => DamagedArchive;

function pick<Item>(items: readonly Item[], { int }: Choices): Item | undefined {
  return items[int(items.length)];
}

const WAYS: readonly Way[] = [
  (bytes, { int }) => {
    const at = int(bytes.byteLength);
    const bit = int(8);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
    return { how: `bit ${bit} of byte ${at} flipped`, bytes };
  },
  (bytes, { int }) => {
    const at = int(bytes.byteLength);
    bytes.writeUInt8(int(256), at);
    return { how: `byte ${at} changed`, bytes };
  },
  (bytes, { int }) => {
    const at = int(bytes.byteLength);
    return { how: `cut off at ${at}`, bytes: bytes.subarray(0, at) };
  },
  (bytes, { int }) => {
    const start = int(bytes.byteLength);
    const length = int(Math.min(500, bytes.byteLength - start)) + 1;
    const rest = [bytes.subarray(0, start), bytes.subarray(start + length)];
    return { how: `${length} bytes cut out at ${start}`, bytes: Buffer.concat(rest) };
  },
  (bytes, { int }) => {
    const from = int(bytes.byteLength);
    const part = bytes.subarray(from, from + 1 + int(500));
    const to = int(bytes.byteLength);
    const all = [bytes.subarray(0, to), part, bytes.subarray(to)];
    return { how: `${part.byteLength} bytes from ${from} doubled at ${to}`, bytes: Buffer.concat(all) };
  },
  (bytes, { int }) => {
    const start = int(bytes.byteLength);
    const length = 1 + int(300);
    bytes.fill(int(2) === 0 ? 0 : 0xff, start, Math.min(start + length, bytes.byteLength));
    return { how: `${length} bytes filled at ${start}`, bytes };
  },
  (bytes, { int }) => {
    const more = Buffer.alloc(1 + int(100), int(256));
    const isBefore = int(2) === 0;
    return {
      how: `${more.byteLength} bytes put ${isBefore ? 'before' : 'behind'} it`,
      bytes: Buffer.concat(isBefore ? [more, bytes] : [bytes, more]),
    };
  },
  (bytes, choices) => {
    const [signature, lengthAt, nameAt] =
      choices.int(2) === 0 ? ([LOCAL, 26, 30] as const) : ([CENTRAL, 28, 46] as const);
    const at = pick(placesOf(bytes, signature, nameAt), choices);
    if (at === undefined) return { how: 'nothing', bytes };
    const name = pick(NAMES, choices) ?? '';
    const length = Math.min(bytes.readUInt16LE(at + lengthAt), bytes.byteLength - at - nameAt);
    bytes.write(name.padEnd(length, 'x').slice(0, length), at + nameAt, 'latin1');
    return { how: `the entry at ${at} named ${JSON.stringify(name)}`, bytes };
  },
  (bytes, choices) => {
    // Method, flags, checksum, sizes, mode and place of an entry in the list.
    const at = pick(placesOf(bytes, CENTRAL, 46), choices);
    if (at === undefined) return { how: 'nothing', bytes };
    const field = pick([8, 10, 16, 20, 24, 28, 30, 32, 38, 42], choices) ?? 8;
    const value = choices.int(3) === 0 ? choices.int(0xffff) : (pick(SIZES, choices) ?? 0);
    if ([8, 10, 28, 30, 32].includes(field)) bytes.writeUInt16LE(value & 0xffff, at + field);
    else bytes.writeUInt32LE(value, at + field);
    return { how: `field ${field} of the list at ${at} set to ${value}`, bytes };
  },
  (bytes, choices) => {
    const at = pick(placesOf(bytes, LOCAL, 30), choices);
    if (at === undefined) return { how: 'nothing', bytes };
    const field = pick([6, 8, 14, 18, 22, 26, 28], choices) ?? 6;
    bytes.writeUInt16LE(choices.int(0xffff), at + field);
    return { how: `field ${field} of the header at ${at} changed`, bytes };
  },
  (bytes, choices) => {
    // Number of entries, length and place of the list, length of the comment.
    const at = pick(placesOf(bytes, END, 22), choices);
    if (at === undefined) return { how: 'nothing', bytes };
    const field = pick([4, 8, 10, 12, 16, 20], choices) ?? 4;
    if (field === 12 || field === 16)
      bytes.writeUInt32LE(pick(SIZES, choices) ?? choices.int(bytes.byteLength), at + field);
    else bytes.writeUInt16LE(choices.int(3) === 0 ? choices.int(0xffff) : choices.int(3), at + field);
    return { how: `field ${field} of the end changed`, bytes };
  },
  (bytes, choices) => {
    // The list names an entry twice: the second time in place of another one.
    const places = placesOf(bytes, CENTRAL, 46);
    const [from, to] = [pick(places, choices), pick(places, choices)];
    if (from === undefined || to === undefined) return { how: 'nothing', bytes };
    const record = Buffer.from(bytes.subarray(from, from + 46 + bytes.readUInt16LE(from + 28)));
    const end = to + 46 + bytes.readUInt16LE(to + 28);
    return {
      how: `the list's entry at ${to} replaced by that at ${from}`,
      bytes: Buffer.concat([bytes.subarray(0, to), record, bytes.subarray(end)]),
    };
  },
];

/** Where a signature stands, with so much room behind it. */
function placesOf(bytes: Buffer, signature: Buffer, room: number): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(signature); at !== -1; at = bytes.indexOf(signature, at + 4)) {
    if (at + room <= bytes.byteLength) places.push(at);
  }
  return places;
}
