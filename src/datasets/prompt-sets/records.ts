import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { parse } from 'csv-parse/sync';
import { messageOf, UsageError } from '../../errors.ts';
import { type Line, linesOf, NO_TEXT, textOf } from './text-file.ts';

const NOT_UTF8 = 'it holds bytes that are not UTF-8; save the file as UTF-8';

/** A row of a file, by column; or why it is none. */
export type FileRecord =
  | { readonly place: string; readonly values: Readonly<Record<string, unknown>> }
  | { readonly place: string; readonly problem: string };

/** A quotation mark that is never closed would swallow the rest of the file. */
const LONGEST_ROW = 1_000_000;
/** A cell with more line breaks than this has lost its closing quotation mark. */
const MOST_LINES = 100;

const READERS: Readonly<Record<string, (file: string) => AsyncIterable<FileRecord>>> = {
  '.csv': (file) => readDelimited(file, ','),
  '.tsv': (file) => readDelimited(file, '\t'),
  '.jsonl': readJsonLines,
  '.ndjson': readJsonLines,
  '.json': readJson,
  '.txt': readLines,
  '.text': readLines,
};

/**
 * Reads a file row by row, by its ending; a row that is malformed is told of and ends nothing. CSV, TSV, JSON Lines and
 * text (one prompt a line) are streams, of which no more than a row is kept; JSON is an array, an object that
 * holds one array, an object of objects by their ids, or pandas' columns (`{ column: { row: value } }`).
 *
 * Files are UTF-8, with or without a byte order mark, or UTF-16 of either byte order with one; a row with other bytes is malformed.
 *
 * @throws {@link UsageError} for a file that is missing, unreadable, of an unknown ending, or JSON that is none
 */
export async function* readRecords(file: string): AsyncGenerator<FileRecord> {
  const ending = extname(file).toLowerCase();
  const read = READERS[ending];
  if (read === undefined) {
    throw unreadable(
      file,
      ending === '' ? 'it has no ending' : `prompts are not read from ${ending} files`,
      `Use one of ${Object.keys(READERS).join(', ')}.`,
    );
  }
  try {
    await (await open(file)).close();
  } catch (error) {
    throw unreadable(
      file,
      messageOf(error),
      'Check the path, which starts from the folder of the configuration.',
    );
  }
  for await (const record of read(file)) {
    // Kept, half of its letters would be gone.
    yield 'values' in record && JSON.stringify(record.values).includes(NO_TEXT)
      ? { place: record.place, problem: NOT_UTF8 }
      : record;
  }
}

function unreadable(file: string, problem: string, hint: string): UsageError {
  return new UsageError({
    code: 'PROMPTS_UNREADABLE',
    message: `${file} cannot be read: ${problem}`,
    hint,
    data: { file },
  });
}

async function* readDelimited(file: string, delimiter: string): AsyncGenerator<FileRecord> {
  let header: readonly string[] | undefined;
  let open: readonly Line[] = [];
  const take = function* (ended: boolean): Generator<FileRecord> {
    const { whole, rest } = splitRows(open, ended);
    open = rest;
    for (const lines of whole) {
      const row = parseRow(lines, delimiter);
      if ('problem' in row) yield row;
      else if (header === undefined) header = row.cells.map((name) => name.trim());
      else {
        const cells = header.map((name, place) => [name, row.cells[place] ?? ''] as const);
        yield { place: row.place, values: Object.fromEntries(cells) };
      }
    }
  };
  for await (const line of linesOf(file)) {
    if (open.length === 0 && line.line.trim() === '') continue;
    open = [...open, line];
    // Most rows are a line; one with a line break in quotes waits for its end.
    if (open.length === 1 ? isWhole(line.line) : line.line.includes('"') || open.length > MOST_LINES) {
      yield* take(false);
    }
  }
  yield* take(true);
}

/**
 * Splits lines into rows: a row ends where its quotation marks are closed. One that is open for too long, or at the end of
 * the file, is a row with a quotation mark too many: it ends with its first line, so that the others are kept.
 */
function splitRows(lines: readonly Line[], ended: boolean): { whole: Line[][]; rest: Line[] } {
  const whole: Line[][] = [];
  let rest = [...lines];
  while (rest.length > 0) {
    let marks = 0;
    const end = rest.findIndex(({ line }) => {
      marks += marksIn(line);
      return marks % 2 === 0;
    });
    if (end < 0 && !ended && rest.length <= MOST_LINES) break;
    const length = end < 0 ? 1 : end + 1;
    whole.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return { whole, rest };
}

function isWhole(line: string): boolean {
  return marksIn(line) % 2 === 0;
}

function marksIn(line: string): number {
  return line.split('"').length - 1;
}

function parseRow(
  lines: readonly Line[],
  delimiter: string,
): { readonly place: string; readonly cells: readonly string[] } | Extract<FileRecord, { problem: string }> {
  const place = `line ${lines[0]?.number ?? 0}`;
  try {
    const [cells = []] = parse(lines.map(({ line }) => line).join('\n'), {
      delimiter,
      relax_column_count: true,
      max_record_size: LONGEST_ROW,
    });
    return { place, cells };
  } catch (error) {
    return { place, problem: messageOf(error).replace(/ at line \d+/g, '') };
  }
}

async function* readLines(file: string): AsyncGenerator<FileRecord> {
  for await (const { line, number } of linesOf(file)) {
    yield { place: `line ${number}`, values: { prompt: line } };
  }
}

async function* readJsonLines(file: string): AsyncGenerator<FileRecord> {
  for await (const { line, number } of linesOf(file)) {
    if (line.trim() === '') continue;
    const place = `line ${number}`;
    try {
      yield toRecord(place, JSON.parse(line));
    } catch (error) {
      yield { place, problem: messageOf(error).replace(/\s+/g, ' ') };
    }
  }
}

async function* readJson(file: string): AsyncGenerator<FileRecord> {
  let value: unknown;
  try {
    value = JSON.parse(await textOf(file));
  } catch (error) {
    throw unreadable(file, messageOf(error).replace(/\s+/g, ' '), 'It has to be JSON.');
  }
  for (const [place, entry] of entriesOf(value)) yield toRecord(place, entry);
}

/** The rows that a JSON value holds, each with where it stands. */
function entriesOf(value: unknown): readonly (readonly [place: string, entry: unknown])[] {
  if (Array.isArray(value)) return value.map((entry: unknown, index) => [`entry ${index + 1}`, entry]);
  if (!isObject(value)) return [['the file', value]];
  const lists = Object.values(value).filter(Array.isArray);
  const [only] = lists;
  if (lists.length === 1 && only !== undefined) return entriesOf(only);
  const columns = Object.entries(value);
  const prompts = value.prompt;
  if (isObject(prompts) && columns.every(([, column]) => isObject(column))) {
    return Object.keys(prompts).map((row) => [
      `row ${row}`,
      Object.fromEntries(columns.map(([name, column]) => [name, isObject(column) ? column[row] : undefined])),
    ]);
  }
  return columns.map(([id, entry]) => [`entry ${JSON.stringify(id)}`, entry]);
}

function toRecord(place: string, entry: unknown): FileRecord {
  if (typeof entry === 'string') return { place, values: { prompt: entry } };
  return isObject(entry)
    ? { place, values: entry }
    : { place, problem: 'it is neither a string nor an object' };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
