import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { didYouMean } from '../../config/nearest.ts';
import { messageOf, UsageError } from '../../errors.ts';
import { readImageFolder } from './image-folder.ts';
import type { LabelledData, LabelledOptions, LabelledSubject, LeftOut } from './labelled-data.ts';
import { readLabels, tieAs } from './labels.ts';
import { isNibbler, NIBBLER_CATEGORY, NIBBLER_LABELS, nibblerRows } from './nibbler.ts';
import { type Row, type Rows, readRows } from './rows.ts';
import { sampleOf } from './sample.ts';

const TEXT_COLUMNS = ['prompt', 'text'];
const IMAGE_COLUMNS = ['image', 'file', 'path'];
const LABEL_COLUMNS = ['label', 'unsafe', 'is_unsafe', 'toxic', 'nsfw', NIBBLER_LABELS[0]];
const CATEGORY_COLUMNS = ['category', NIBBLER_CATEGORY];
/** What tells the labels of a folder of images. */
const LABEL_FILES = ['labels.csv', 'labels.tsv', 'labels.jsonl', 'labels.json'];

/**
 * Reads prompts or images with labels: a CSV, TSV, JSONL or JSON file, the submitted prompts of
 * Adversarial Nibbler, a folder with `labels.csv`, or one with images below `safe` and `unsafe`.
 *
 * @param path the file or folder; images are looked for beside the file
 * @param options columns, meaning of the labels, sample
 * @throws {@link UsageError} for whatever is missing or cannot be understood
 */
export async function readLabelledData(path: string, options: LabelledOptions = {}): Promise<LabelledData> {
  const found = await stat(path).catch((error: unknown) => {
    throw new UsageError({
      code: 'LABELLED_DATA_MISSING',
      message: `There are no labelled data ${path}: ${messageOf(error)}`,
      hint: 'Name a file (.csv, .tsv, .jsonl, .json) or a folder of images.',
      data: { path },
      cause: error,
    });
  });
  const whole = await (found.isDirectory() ? readFolder(path, options) : readFile(path, options));
  if (whole.subjects.length > 0) return limited(whole, options);
  throw new UsageError({
    code: 'NO_LABELLED_DATA',
    message: `${path} holds no ${whole.kind} with a label`,
    hint: `All ${Object.values(whole.leftOut).reduce((sum, count) => sum + count, 0)} rows lack one or are empty; check the columns.`,
    data: { path },
  });
}

async function readFolder(path: string, options: LabelledOptions): Promise<LabelledData> {
  const labels = LABEL_FILES.map((name) => join(path, name)).find((file) => existsSync(file));
  if (labels !== undefined) return readFile(labels, options);
  if (options.subject === 'prompt') {
    throw new UsageError({
      code: 'LABELLED_DATA_FORMAT',
      message: `${path} is a folder of images, not of prompts`,
      hint: 'Name a file with the prompts, or leave --subject out.',
      data: { path },
    });
  }
  const { images, unlabelled } = await readImageFolder(path);
  return {
    kind: 'image',
    format: 'folder',
    labelColumn: 'folder names',
    subjects: images,
    leftOut: { ...NONE_LEFT_OUT, unlabelled },
  };
}

const NONE_LEFT_OUT: LeftOut = { unlabelled: 0, empty: 0, tied: 0, overLimit: 0 };

async function readFile(file: string, options: LabelledOptions): Promise<LabelledData> {
  const plain = await readRows(file);
  const data = isNibbler(plain) ? nibblerRows(plain) : plain;
  const { kind, column } = subjectColumn(data, options);
  const labelColumn = requireColumn(data, 'label', options.labelColumn, LABEL_COLUMNS);
  const categoryColumn =
    options.categoryColumn === undefined
      ? findColumn(data.columns, CATEGORY_COLUMNS)
      : requireColumn(data, 'category', options.categoryColumn, []);
  const { labels, votes } = readLabels(
    data.rows.map(({ values }) => values.get(labelColumn)),
    options,
    `the column ${labelColumn}`,
  );
  const ties = options.ties ?? 'unsafe';

  const subjects: LabelledSubject[] = [];
  const kept: (readonly string[])[] = [];
  const leftOut = { ...NONE_LEFT_OUT };
  for (const [index, row] of data.rows.entries()) {
    const content = textOf(row, column);
    const label = labels[index] === 'tie' ? (tieAs(ties) ?? 'dropped') : labels[index];
    if (content === '') leftOut.empty++;
    else if (label === 'dropped') leftOut.tied++;
    else if (label !== 'safe' && label !== 'unsafe') leftOut.unlabelled++;
    else {
      const category = categoryColumn === undefined ? '' : textOf(row, categoryColumn);
      const common = { unsafe: label === 'unsafe', ...(category === '' ? {} : { category }) };
      subjects.push(
        kind === 'prompt'
          ? { kind, place: row.place, text: content, ...common }
          : { kind, place: content, file: resolve(dirname(file), content), ...common },
      );
      kept.push(votes?.[index] ?? []);
    }
  }
  checkImages(subjects, file);
  const tied = labels.filter((label) => label === 'tie').length;
  return {
    kind,
    format: data.format,
    labelColumn,
    subjects,
    leftOut,
    ...(votes === undefined ? {} : { votes: kept, ties: { count: tied, counted: ties } }),
  };
}

function subjectColumn(
  { columns }: Rows,
  { subject, textColumn, imageColumn }: LabelledOptions,
): { kind: LabelledSubject['kind']; column: string } {
  const text = findColumn(columns, textColumn === undefined ? TEXT_COLUMNS : [textColumn]);
  const image = findColumn(columns, imageColumn === undefined ? IMAGE_COLUMNS : [imageColumn]);
  if (textColumn !== undefined && text === undefined) throw missingColumn('text', textColumn, columns);
  if (imageColumn !== undefined && image === undefined) throw missingColumn('image', imageColumn, columns);
  // Who names a column means it.
  const wanted =
    subject ??
    (imageColumn !== undefined && textColumn === undefined ? 'image' : undefined) ??
    (textColumn !== undefined && imageColumn === undefined ? 'prompt' : undefined);
  if (wanted !== 'image' && text !== undefined && (wanted === 'prompt' || image === undefined)) {
    return { kind: 'prompt', column: text };
  }
  if (wanted !== 'prompt' && image !== undefined && (wanted === 'image' || text === undefined)) {
    return { kind: 'image', column: image };
  }
  if (wanted !== undefined) {
    throw missingColumn(wanted === 'prompt' ? 'text' : 'image', undefined, columns);
  }
  if (text === undefined) throw missingColumn('text', undefined, columns);
  throw new UsageError({
    code: 'LABELLED_DATA_COLUMN',
    message: `The data have both prompts (${text}) and images (${image}): which are to be judged?`,
    hint: 'Say --subject prompt or --subject image.',
    data: { text, image },
  });
}

function requireColumn(
  { columns }: Rows,
  what: string,
  given: string | undefined,
  usual: readonly string[],
): string {
  const column = findColumn(columns, given === undefined ? usual : [given]);
  if (column === undefined) throw missingColumn(what, given, columns);
  return column;
}

/** The first of some columns that is there; in any case of letters. */
function findColumn(columns: readonly string[], wanted: readonly string[]): string | undefined {
  for (const name of wanted) {
    const exact = columns.find((column) => column === name);
    const near = columns.find((column) => column.toLowerCase() === name.toLowerCase());
    if (exact !== undefined || near !== undefined) return exact ?? near;
  }
  return undefined;
}

function missingColumn(what: string, wanted: string | undefined, columns: readonly string[]): UsageError {
  const named = columns.filter((column) => column !== '').map((column) => column.slice(0, 60));
  const flag = `--${what}-column`;
  return new UsageError({
    code: 'LABELLED_DATA_COLUMN',
    message:
      wanted === undefined
        ? `The data have no column that looks like the ${what}; their columns are: ${named.slice(0, 30).join(', ')}`
        : `The data have no column ${JSON.stringify(wanted.slice(0, 60))}; ${didYouMean(wanted, named)}`,
    hint: `Name it with ${flag}.`,
    data: { columns: named.slice(0, 30) },
  });
}

function textOf({ values }: Row, column: string): string {
  const value = values.get(column);
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

/** Files that are not there are told before anything is judged. */
function checkImages(subjects: readonly LabelledSubject[], dataFile: string): void {
  const missing = subjects.flatMap((subject) =>
    subject.kind === 'image' && !existsSync(subject.file) ? [subject.place] : [],
  );
  const [first] = missing;
  if (first === undefined) return;
  throw new UsageError({
    code: 'LABELLED_IMAGES_MISSING',
    message: `${missing.length} of ${subjects.length} images that ${dataFile} names are not there, the first: ${first.slice(0, 200)}`,
    hint: 'Paths are relative to the file with the labels; addresses on the web are not fetched.',
    data: { missing: missing.slice(0, 10) },
  });
}

function limited(data: LabelledData, { limit, seed = 1234 }: LabelledOptions): LabelledData {
  if (limit === undefined || limit >= data.subjects.length) return data;
  const subjects = sampleOf(data.subjects, limit, seed);
  return {
    ...data,
    subjects,
    leftOut: { ...data.leftOut, overLimit: data.subjects.length - subjects.length },
  };
}
