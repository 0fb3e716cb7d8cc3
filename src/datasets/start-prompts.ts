import { open, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Readable } from 'node:stream';
import { messageOf, UsageError } from '../errors.ts';
import { readCsv, readJson, readJsonLines, readTextLines } from './start-prompts-formats.ts';

/** The longest start prompt that is kept whole. */
export const LONGEST_START_PROMPT = 2000;

/** What was read. */
export interface StartPrompts {
  readonly prompts: string[];
  /** How many entries were empty. */
  readonly skipped: number;
  /** How many prompts were cut to {@link LONGEST_START_PROMPT} characters. */
  readonly cut: number;
}

const READERS: Readonly<
  Record<string, (file: string, stream: Readable, column: string | undefined) => AsyncIterable<string>>
> = {
  '.csv': (file, stream, column) => readCsv(file, stream, column, ','),
  '.tsv': (file, stream, column) => readCsv(file, stream, column, '\t'),
  '.json': readJson,
  '.jsonl': readJsonLines,
  '.ndjson': readJsonLines,
  '.txt': readTextLines,
  '.text': readTextLines,
};

/**
 * Reads harmless prompts to begin with, by the ending of the file: `.csv` (or `.tsv`), `.json` (an
 * array of strings or objects, or an object that holds one array), `.jsonl`, `.txt` (one a line).
 *
 * White space is collapsed, empty entries are skipped, long ones cut; both are counted. CSV, JSONL
 * and text are read as a stream, no further than `limit` asks.
 *
 * @param file the file
 * @param options.column the column or key that holds the prompt; default `prompt`
 * @param options.limit read the first so many prompts
 * @throws {@link UsageError} for a missing or unreadable file, an unknown ending, a missing column
 *   (the message lists those that exist), a malformed row (with its line), or no prompt at all
 */
export async function readStartPrompts(
  file: string,
  {
    column,
    limit = Number.POSITIVE_INFINITY,
  }: { column?: string | undefined; limit?: number | undefined } = {},
): Promise<StartPrompts> {
  const ending = extname(file).toLowerCase();
  const read = READERS[ending];
  if (read === undefined) {
    throw new UsageError({
      code: 'START_PROMPTS_FORMAT',
      message: `${file}: start prompts are not read from ${ending === '' ? 'a file without an ending' : `${ending} files`}`,
      hint: `Use one of: ${Object.keys(READERS).join(', ')}.`,
      data: { file },
    });
  }
  const stream = await openFile(file);
  const prompts: string[] = [];
  let skipped = 0;
  let cut = 0;
  try {
    for await (const entry of read(file, stream, column)) {
      const prompt = entry.replace(/\s+/g, ' ').trim();
      if (prompt === '') skipped++;
      else if (prompt.length > LONGEST_START_PROMPT) {
        cut++;
        // Never half of a surrogate pair.
        prompts.push(
          prompt
            .slice(0, LONGEST_START_PROMPT)
            .replace(/[\ud800-\udbff]$/, '')
            .trim(),
        );
      } else prompts.push(prompt);
      if (prompts.length >= limit) break;
    }
  } finally {
    stream.destroy();
  }
  if (prompts.length === 0) {
    throw new UsageError({
      code: 'NO_START_PROMPTS',
      message: `${file} holds no prompt${skipped > 0 ? `, only ${skipped} empty ${skipped === 1 ? 'entry' : 'entries'}` : ''}`,
      hint: 'Name another file or column in startPrompts, or leave startPrompts out.',
      data: { file, skipped },
    });
  }
  return { prompts, skipped, cut };
}

async function openFile(file: string): Promise<Readable> {
  try {
    if (!(await stat(file)).isFile()) throw new Error('it is not a file');
    const handle = await open(file, 'r');
    return handle.createReadStream();
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new UsageError({
      code: missing ? 'START_PROMPTS_MISSING' : 'START_PROMPTS_UNREADABLE',
      message: missing
        ? `There is no file of start prompts ${file}`
        : `The start prompts ${basename(file)} cannot be read: ${messageOf(error)}`,
      hint: 'Check startPrompts.file in the configuration; it is relative to the configuration.',
      data: { file },
      cause: error,
    });
  }
}
