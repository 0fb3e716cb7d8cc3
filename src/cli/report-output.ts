import { createWriteStream, mkdirSync, type WriteStream, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { messageOf, UsageError } from '../errors.ts';
import type { RawRow } from '../report/raw-data.ts';

/** So much is gathered before it is written. */
const CHUNK_CHARACTERS = 64 * 1024;

/** A report: all of it, or piece by piece. */
export type ReportText = string | AsyncIterable<string>;

/** Writes a report to stdout, no faster than it is read. */
export async function writeToStdout(text: ReportText): Promise<void> {
  for await (const chunk of chunksOf(text)) {
    await new Promise<void>((resolve) => process.stdout.write(chunk, () => resolve()));
  }
}

/**
 * Writes a report to a file.
 *
 * @throws {@link UsageError} `CANNOT_WRITE`
 */
export async function writeToFile(file: string, text: ReportText): Promise<void> {
  if (typeof text === 'string') {
    guarded(file, () => writeFileSync(file, text));
    return;
  }
  const stream = createWriteStream(file);
  try {
    for await (const chunk of chunksOf(text)) await push(stream, chunk);
    stream.end();
    await finished(stream);
  } catch (error) {
    stream.destroy();
    throw cannotWrite(file, error);
  }
}

/**
 * Writes raw data into a folder, a file for each type of line: `turns.jsonl`, `images.jsonl` and so on.
 *
 * @param kinds the types; each gets its file, even if it stays empty
 * @throws {@link UsageError} `CANNOT_WRITE`
 */
export async function writeToFolder(
  folder: string,
  rows: AsyncIterable<RawRow>,
  kinds: readonly RawRow['type'][],
): Promise<void> {
  guarded(folder, () => mkdirSync(folder, { recursive: true }));
  const files = new Map(
    kinds.map((kind) => {
      const path = join(folder, `${kind}s.jsonl`);
      return [kind, { path, stream: createWriteStream(path), waiting: '' }];
    }),
  );
  let path = folder;
  try {
    for await (const row of rows) {
      const file = files.get(row.type);
      if (file === undefined) continue;
      path = file.path;
      file.waiting += `${JSON.stringify(row)}\n`;
      if (file.waiting.length < CHUNK_CHARACTERS) continue;
      await push(file.stream, file.waiting);
      file.waiting = '';
    }
    for (const file of files.values()) {
      path = file.path;
      file.stream.end(file.waiting);
      await finished(file.stream);
    }
  } catch (error) {
    for (const { stream } of files.values()) stream.destroy();
    throw cannotWrite(path, error);
  }
}

/** The ending of a file's name, in lower case, with its dot. */
export function endingOf(file: string): string {
  return extname(file).toLowerCase();
}

async function* chunksOf(text: ReportText): AsyncGenerator<string> {
  if (typeof text === 'string') {
    yield text;
    return;
  }
  let waiting = '';
  for await (const piece of text) {
    waiting += piece;
    if (waiting.length < CHUNK_CHARACTERS) continue;
    yield waiting;
    waiting = '';
  }
  if (waiting !== '') yield waiting;
}

function push(stream: WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('error', reject);
    stream.write(text, (error) => {
      stream.off('error', reject);
      if (error) reject(error);
      else resolve();
    });
  });
}

function guarded(file: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

/** A problem of the file system becomes one of the user; others stay what they are. */
function cannotWrite(file: string, cause: unknown): unknown {
  if (!(cause instanceof Error && 'syscall' in cause)) return cause;
  return new UsageError({
    code: 'CANNOT_WRITE',
    message: `${file} cannot be written: ${messageOf(cause)}`,
    hint: 'Does the folder exist, and may you write there?',
    cause,
  });
}
