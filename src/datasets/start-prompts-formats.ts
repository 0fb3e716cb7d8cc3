import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CsvError, parse } from 'csv-parse';
import { didYouMean } from '../config/nearest.ts';
import { messageOf, UsageError } from '../errors.ts';
import { shorten } from '../models/redact.ts';

const DEFAULT_COLUMN = 'prompt';
/** A quotation mark that is never closed would swallow the rest of the file. */
const LONGEST_ROW = 1_000_000;

/**
 * The entries of one column of a CSV file with a header; pandas' unnamed index column, a byte-order
 * mark and quoted line breaks are fine.
 *
 * @param delimiter `,` or a tab
 * @throws {@link UsageError} for a missing column or a malformed row
 */
export async function* readCsv(
  file: string,
  stream: Readable,
  column: string | undefined,
  delimiter: string,
): AsyncGenerator<string> {
  const parser = parse({
    bom: true,
    delimiter,
    skip_empty_lines: true,
    relax_column_count_less: true,
    max_record_size: LONGEST_ROW,
  });
  // pipe() does not pass errors on.
  stream.on('error', (error) => parser.destroy(error));
  stream.pipe(parser);
  let position: number | undefined;
  try {
    for await (const row of parser) {
      if (!isRow(row)) continue;
      if (position === undefined) position = findColumn(file, row, column);
      else yield row[position] ?? '';
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = 'lines' in error && typeof error.lines === 'number' ? error.lines : parser.info.lines;
    throw malformed(file, line, error.message, error);
  }
}

function isRow(row: unknown): row is string[] {
  return Array.isArray(row) && row.every((cell) => typeof cell === 'string');
}

function findColumn(file: string, header: readonly string[], column: string | undefined): number {
  const names = header.map((name) => name.trim());
  const wanted = column ?? DEFAULT_COLUMN;
  const exact = names.indexOf(wanted);
  const position =
    exact >= 0 ? exact : names.findIndex((name) => name.toLowerCase() === wanted.toLowerCase());
  if (position < 0) throw missingColumn(file, wanted, names);
  return position;
}

/** The entries of a text file, one a line. */
export async function* readTextLines(_file: string, stream: Readable): AsyncGenerator<string> {
  let first = true;
  for await (const line of linesOf(stream)) {
    yield first ? line.replace(/^\uFEFF/, '') : line;
    first = false;
  }
}

/**
 * The entries of a JSON Lines file: strings, or objects with the key.
 *
 * @throws {@link UsageError} for a line that is no JSON or holds no prompt
 */
export async function* readJsonLines(
  file: string,
  stream: Readable,
  column: string | undefined,
): AsyncGenerator<string> {
  let number = 0;
  for await (const line of linesOf(stream)) {
    number++;
    const json = line.replace(/^\uFEFF/, '').trim();
    if (json === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch (error) {
      throw malformed(file, number, messageOf(error), error);
    }
    yield promptOf(file, value, column, `line ${number}`);
  }
}

/**
 * The entries of a JSON file: an array of strings or objects, or an object that holds one array.
 *
 * @throws {@link UsageError} for anything else
 */
export async function* readJson(
  file: string,
  stream: Readable,
  column: string | undefined,
): AsyncGenerator<string> {
  const source = (await text(stream)).replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    const line = lineOfJsonError(source, messageOf(error));
    throw malformed(file, line, messageOf(error).replace(/\s+/g, ' '), error);
  }
  for (const [index, entry] of arrayIn(file, value).entries()) {
    yield promptOf(file, entry, column, `entry ${index + 1}`);
  }
}

/** V8 gives the position, or else the wrong token with some ten characters on both sides of it. */
function lineOfJsonError(source: string, message: string): number | undefined {
  const lineAt = (position: number) => source.slice(0, position).split('\n').length;
  const position = /position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return lineAt(Number(position));
  const quoted = /token '(.)', (\.\.\.)?"([\s\S]*)"(?:\.\.\.)? is not valid JSON$/u.exec(message);
  const [, token = '', cut, excerpt = ''] = quoted ?? [];
  const found = source.indexOf(excerpt);
  // An excerpt that occurs twice tells no line.
  if (quoted === null || found < 0 || source.indexOf(excerpt, found + 1) >= 0) return undefined;
  return lineAt(found + (cut === undefined ? excerpt.lastIndexOf(token) : 10));
}

function arrayIn(file: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  const arrays =
    typeof value === 'object' && value !== null ? Object.values(value).filter(Array.isArray) : [];
  const [only] = arrays;
  if (arrays.length === 1 && only !== undefined) return only;
  throw malformed(file, undefined, 'expected an array of prompts, or an object that holds one array');
}

function promptOf(file: string, entry: unknown, column: string | undefined, where: string): string {
  if (typeof entry === 'string') return entry;
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw wrongEntry(file, where, 'is neither a string nor an object');
  }
  const wanted = column ?? DEFAULT_COLUMN;
  if (!Object.hasOwn(entry, wanted)) throw missingColumn(file, wanted, Object.keys(entry), where);
  const prompt: unknown = Reflect.get(entry, wanted);
  if (prompt === null) return '';
  if (typeof prompt !== 'string')
    throw wrongEntry(file, where, `holds no text under ${JSON.stringify(wanted)}`);
  return prompt;
}

function linesOf(stream: Readable): AsyncIterable<string> {
  stream.setEncoding('utf8');
  return createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
}

function missingColumn(file: string, wanted: string, names: readonly string[], where?: string): UsageError {
  const shown = names.map((name) => (name === '' ? '(unnamed)' : name.slice(0, 60)));
  const known = names.filter((name) => name !== '');
  return new UsageError({
    code: 'START_PROMPTS_COLUMN',
    message: `${file}${where === undefined ? '' : `, ${where}`}: there is no column ${JSON.stringify(shorten(wanted, 60))}; its columns are: ${shown.slice(0, 30).join(', ')}`,
    hint: `Set startPrompts.column; ${didYouMean(wanted, known)}`,
    data: { file, column: wanted, columns: names.slice(0, 30) },
  });
}

function wrongEntry(file: string, where: string, what: string): UsageError {
  return new UsageError({
    code: 'START_PROMPTS_MALFORMED',
    message: `${file}, ${where}: it ${what}`,
    hint: 'Each entry is a prompt, or an object with the prompt under the column.',
    data: { file, where },
  });
}

function malformed(file: string, line: number | undefined, what: string, cause?: unknown): UsageError {
  return new UsageError({
    code: 'START_PROMPTS_MALFORMED',
    message: `${file}${line === undefined ? '' : `, line ${line}`}: ${what.slice(0, 300)}`,
    hint: 'Correct the file; nothing of it was used.',
    data: { file, line },
    cause,
  });
}
