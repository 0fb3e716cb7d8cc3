import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

/** A line of a file with its number, from 1 on. */
export interface Line {
  readonly line: string;
  readonly number: number;
}

/**
 * What stands for bytes that are no text in the file's encoding, e.g. Latin-1 in a file that is read as UTF-8: a
 * character that no text holds. U+FFFD may have been in the file.
 */
export const NO_TEXT = '\uFFFF';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a file line by line, by its byte order mark; without one it is UTF-8. No more than a piece of it is kept. */
export async function* linesOf(file: string): AsyncGenerator<Line> {
  const encoding = await encodingOf(file);
  let number = 0;
  for await (const raw of createInterface({ input: streamOf(file, encoding), crlfDelay: Infinity })) {
    number++;
    const line = decoded(Buffer.from(raw, 'latin1'));
    yield { line: number === 1 ? withoutMark(line) : line, number };
  }
}

/** Reads a file as a whole, in the same encodings. */
export async function textOf(file: string): Promise<string> {
  const encoding = await encodingOf(file);
  const bytes = await readFile(file);
  return withoutMark(encoding === 'utf-8' ? decoded(bytes) : new TextDecoder(encoding).decode(bytes));
}

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

async function encodingOf(file: string): Promise<Encoding> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    if (bytesRead < 2) return 'utf-8';
    const mark = buffer.readUInt16BE();
    return mark === 0xfeff ? 'utf-16be' : mark === 0xfffe ? 'utf-16le' : 'utf-8';
  } finally {
    await handle.close();
  }
}

/**
 * A file's UTF-8 as Latin-1 holds it: lines are bytes first, so that one that is not UTF-8 spoils no other, and a line
 * separator (U+2028) in a prompt ends no line.
 */
function streamOf(file: string, encoding: Encoding): Readable {
  if (encoding === 'utf-8') return createReadStream(file, 'latin1');
  return Readable.from(asUtf8(createReadStream(file), encoding));
}

async function* asUtf8(bytes: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  // A piece may end within a letter.
  for await (const piece of bytes)
    yield Buffer.from(decoder.decode(piece, { stream: true })).toString('latin1');
  yield Buffer.from(decoder.decode()).toString('latin1');
}

function decoded(bytes: Buffer): string {
  try {
    return strict.decode(bytes);
  } catch {
    return bytes.toString('utf8').replaceAll('\uFFFD', NO_TEXT);
  }
}

function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '');
}
