import { malformed } from './archive-error.ts';

/** No row that ART writes is longer, in bytes. */
const LONGEST_LINE = 16 * 1024 * 1024;

const LINE_FEED = 0x0a;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The values of JSON Lines, one at a time.
 *
 * @param where what the messages call them, e.g. `rows/turns.jsonl`
 * @throws ArchiveError `ARCHIVE_MALFORMED` for what is no JSON or no UTF-8, for a line of over 16 MiB, and for
 *   a key `__proto__`
 */
export async function* readJsonLines(
  chunks: AsyncIterable<Uint8Array>,
  where: string,
): AsyncGenerator<unknown> {
  let number = 0;
  for await (const line of linesOf(chunks, where)) yield parseForeignJson(line, `${where}, line ${++number}`);
}

/**
 * A value parsed from JSON that somebody else wrote.
 *
 * @param where what the messages call it
 * @throws ArchiveError `ARCHIVE_MALFORMED`
 */
export function parseForeignJson(bytes: Uint8Array, where: string): unknown {
  let value: unknown;
  let hasPrototype = false;
  try {
    const text = UTF8.decode(bytes);
    // A reviver is slow; a key can only be written as it is, or with escapes.
    value =
      text.includes('__proto__') || text.includes('\\u')
        ? JSON.parse(text, (key, item: unknown) => {
            hasPrototype ||= key === '__proto__';
            return item;
          })
        : JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof TypeError || cause instanceof RangeError))
      throw cause;
    throw malformed(`${where} is no JSON.`);
  }
  if (hasPrototype) throw malformed(`${where} has a key __proto__.`);
  return value;
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>, where: string): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  const gather = (piece: Uint8Array) => {
    length += piece.byteLength;
    if (length > LONGEST_LINE) throw malformed(`${where} has a line of more than ${LONGEST_LINE} bytes.`);
    pieces.push(piece);
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      gather(chunk.subarray(start, end));
      yield pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
      pieces = [];
      length = 0;
      start = end + 1;
    }
    if (start < chunk.byteLength) gather(chunk.subarray(start));
  }
  if (length > 0) throw malformed(`${where} does not end with a whole line.`);
}
