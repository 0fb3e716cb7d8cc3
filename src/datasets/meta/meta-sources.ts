import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { messageOf, UsageError } from '../../errors.ts';
import { readRecords } from '../prompt-sets/records.ts';
import { fileProblem } from '../shown-path.ts';

/** An item on its way into a meta dataset: not checked yet. */
export interface MetaCandidate {
  /** Where it stands, for messages and for `dataset.json`. */
  readonly place: string;
  /** What it is from; it is written into the dataset. */
  readonly source: string;
  readonly prompt: string;
  readonly categories: readonly string[];
  readonly keywords: readonly string[];
  readonly image:
    | { readonly kind: 'none' }
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'url'; readonly url: string }
    | { readonly kind: 'bytes'; read(): Promise<Uint8Array> };
}

/** A candidate, a row that is none, or one that its source has reasons to leave out. */
export type SourceItem =
  | MetaCandidate
  | { readonly place: string; readonly problem: string }
  | { readonly place: string; readonly leftOut: string };

const PICTURES = ['.png', '.jpg', '.jpeg', '.webp', '.gif', '.avif'];

/**
 * Reads what a meta dataset is made from: a file (CSV, TSV, JSON, JSON Lines; columns `prompt`, `category` or
 * `categories`, `keywords`, `image` or `url`; or the published `Meta Data.json`), or a folder of
 * `<category>/<name>.png` with `<name>.txt` beside it.
 *
 * @param name what the source is called in the dataset, which may be published; never an absolute path
 * @throws {@link UsageError} for what cannot be read
 */
export async function* readMetaSource(path: string, name: string): AsyncGenerator<SourceItem> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    throw new UsageError({
      code: 'SOURCE_UNREADABLE',
      message: `${path} cannot be read: ${messageOf(error)}`,
      hint: 'Name a file of prompts, or a folder of <category>/<name>.png with <name>.txt beside it.',
      data: { path },
      cause: error,
    });
  }
  yield* isFolder ? readFolder(path, name) : readFile_(path, name);
}

async function* readFile_(file: string, name: string): AsyncGenerator<SourceItem> {
  for await (const record of readRecords(file)) {
    const place = `${name}, ${record.place}`;
    if ('problem' in record) {
      yield { place, problem: record.problem };
      continue;
    }
    const { values } = record;
    const infos = objectIn(values.infos);
    const published = infos !== undefined;
    const prompt = published ? objectIn(infos.prompt_info)?.prompt : values.prompt;
    if (typeof prompt !== 'string') {
      yield { place, problem: 'it has no prompt' };
      continue;
    }
    const image = published
      ? objectIn(Array.isArray(infos.img_info) ? infos.img_info[0] : undefined)?.img_url
      : (values.image ?? values.url ?? values.img_url);
    const picture = imageNamed(image, dirname(file));
    // What others publish may not name files of whoever imports it.
    if (published && picture.kind === 'file' && !isWithin(picture.path, dirname(file))) {
      yield { place, problem: 'its picture is neither an address nor a file of the dataset' };
      continue;
    }
    yield {
      place,
      source: name,
      prompt,
      categories: listIn(values.categories ?? values.category),
      keywords: listIn(values.keywords ?? values.keyword),
      image: picture,
    };
  }
}

async function* readFolder(folder: string, name: string): AsyncGenerator<SourceItem> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const pictures = entries
    .filter((entry) => entry.isFile() && PICTURES.includes(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  if (pictures.length === 0) {
    throw new UsageError({
      code: 'NO_PICTURES',
      message: `${folder} holds no pictures (${PICTURES.join(', ')}).`,
      hint: 'It has to hold <category>/<name>.png with the prompt in <name>.txt beside it.',
      data: { folder },
    });
  }
  for (const path of pictures) {
    const within = relative(folder, path).split(sep);
    const place = [name, ...within].join('/');
    const category = within.length > 1 ? (within[0] ?? '') : '';
    let prompt: string;
    try {
      prompt = await readFile(path.slice(0, -extname(path).length).concat('.txt'), 'utf8');
    } catch (error) {
      yield { place, problem: `its prompt cannot be read: ${fileProblem(error)}` };
      continue;
    }
    yield {
      place,
      source: name,
      prompt,
      categories: category === '' ? [] : [category],
      keywords: [],
      image: { kind: 'file', path },
    };
  }
}

function imageNamed(value: unknown, folder: string): MetaCandidate['image'] {
  if (typeof value !== 'string' || value.trim() === '') return { kind: 'none' };
  const name = value.trim();
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name)) return { kind: 'url', url: name };
  return { kind: 'file', path: isAbsolute(name) ? name : resolve(folder, name) };
}

function isWithin(path: string, folder: string): boolean {
  const within = relative(resolve(folder), path);
  return !isAbsolute(within) && within.split(sep)[0] !== '..';
}

function objectIn(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
}

function listIn(value: unknown): string[] {
  const parts = Array.isArray(value) ? value : typeof value === 'string' ? value.split(/[,;]/) : [];
  return parts.flatMap((part: unknown) =>
    typeof part === 'string' && part.trim() !== '' ? [part.trim()] : [],
  );
}
