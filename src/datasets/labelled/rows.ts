import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { messageOf, UsageError } from '../../errors.ts';

/** A row: its values by column, and where it stands. */
export interface Row {
  readonly place: string;
  readonly values: ReadonlyMap<string, unknown>;
}

/** A file of rows. */
export interface Rows {
  readonly format: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

const READERS: Readonly<Record<string, (source: string, name: string) => Rows>> = {
  '.csv': (source, name) => readDelimited(source, name, ','),
  '.tsv': (source, name) => readDelimited(source, name, '\t'),
  '.jsonl': readJsonLines,
  '.ndjson': readJsonLines,
  '.json': readJson,
};

/** The endings that are read. */
export const ROW_FILE_ENDINGS = Object.keys(READERS);

/** A quotation mark that is never closed would swallow the rest of the file. */
const LONGEST_ROW = 1_000_000;

/**
 * Reads the rows of a CSV, TSV, JSONL or JSON file, by its ending. JSON is an array of objects, an object
 * that holds one array, or pandas' columns: `{ column: { row: value } }`.
 *
 * @throws {@link UsageError} for a missing or unreadable file, an unknown ending, a malformed row
 */
export async function readRows(file: string): Promise<Rows> {
  const ending = extname(file).toLowerCase();
  const read = READERS[ending];
  if (read === undefined) {
    throw new UsageError({
      code: 'LABELLED_DATA_FORMAT',
      message: `${file}: labelled data are not read from ${ending === '' ? 'a file without an ending' : `${ending} files`}`,
      hint: `Use one of ${ROW_FILE_ENDINGS.join(', ')}, or a folder of images.`,
      data: { file },
    });
  }
  const name = basename(file);
  const rows = read((await readText(file)).replace(/^\uFEFF/, ''), name);
  if (rows.rows.length > 0) return rows;
  throw new UsageError({
    code: 'NO_LABELLED_DATA',
    message: `${file} holds no rows`,
    hint: 'Labelled data have one row a prompt or image, with a label.',
    data: { file },
  });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError({
      code: 'LABELLED_DATA_UNREADABLE',
      message: `${file} cannot be read: ${messageOf(error)}`,
      hint: 'Check the path.',
      data: { file },
      cause: error,
    });
  }
}

function readDelimited(source: string, name: string, delimiter: string): Rows {
  let records: string[][];
  try {
    records = parse(source, {
      delimiter,
      skip_empty_lines: true,
      relax_column_count_less: true,
      max_record_size: LONGEST_ROW,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Reflect.get(error, 'lines');
    throw malformed(name, typeof line === 'number' ? `line ${line}` : undefined, error.message, error);
  }
  const [header = [], ...others] = records;
  const columns = header.map((column) => column.trim());
  return {
    format: delimiter === ',' ? 'csv' : 'tsv',
    columns,
    rows: others.map((record, index) => ({
      place: `row ${index + 1}`,
      values: new Map(columns.map((column, place) => [column, record[place] ?? ''])),
    })),
  };
}

function readJsonLines(source: string, name: string): Rows {
  const rows = source.split(/\r?\n/).flatMap((line, index) => {
    const place = `line ${index + 1}`;
    return line.trim() === '' ? [] : [rowOf(parseJson(line, name, place), name, place)];
  });
  return { format: 'jsonl', columns: columnsOf(rows), rows };
}

function readJson(source: string, name: string): Rows {
  const rows = rowsIn(parseJson(source, name, undefined), name);
  return { format: 'json', columns: columnsOf(rows), rows };
}

function rowsIn(value: unknown, name: string): Row[] {
  if (Array.isArray(value)) return value.map((entry, index) => rowOf(entry, name, `entry ${index + 1}`));
  if (isObject(value)) {
    const parts: unknown[] = Object.values(value);
    const arrays = parts.filter((part) => Array.isArray(part));
    const [only] = arrays;
    if (arrays.length === 1 && only !== undefined) return rowsIn(only, name);
    if (parts.length > 0 && parts.every(isObject)) return rowsOfColumns(value);
  }
  throw malformed(name, undefined, 'expected an array of objects, or columns as pandas writes them');
}

/** pandas' default layout: for each column the values by row. */
function rowsOfColumns(columns: object): Row[] {
  const values = Object.entries(columns).map(
    ([column, byRow]) => [column, new Map(entriesOf(byRow))] as const,
  );
  const names = new Set(values.flatMap(([, byRow]) => [...byRow.keys()]));
  return [...names].map((row) => ({
    place: `row ${row}`,
    values: new Map(values.map(([column, byRow]) => [column, byRow.get(row)])),
  }));
}

function rowOf(value: unknown, name: string, place: string): Row {
  if (isObject(value)) return { place, values: new Map(entriesOf(value)) };
  throw malformed(name, place, 'expected an object with the columns as keys');
}

function entriesOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

function columnsOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap(({ values }) => [...values.keys()]))];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(source: string, name: string, place: string | undefined): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    // V8 quotes what it stumbled over: the user's data do not belong into a message.
    const position = /position \d+/.exec(messageOf(error))?.[0];
    throw malformed(name, place, `it is no JSON${position === undefined ? '' : ` (at ${position})`}`, error);
  }
}

function malformed(name: string, place: string | undefined, what: string, cause?: unknown): UsageError {
  return new UsageError({
    code: 'LABELLED_DATA_MALFORMED',
    message: `${name}${place === undefined ? '' : `, ${place}`}: ${what.slice(0, 300)}`,
    hint: 'Correct the file; nothing of it was used.',
    data: { file: name, place },
    cause,
  });
}
