import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { nearest } from '../../config/nearest.ts';
import { messageOf } from '../../errors.ts';
import { stopReason } from '../../judges/prompt/minors-stop.ts';
import { checkImage } from '../../models/check-image.ts';
import { ART_VERSION } from '../../version.ts';
import { type DatasetFacts, LeftOut, writeDatasetFacts, writeWhole } from '../dataset-facts.ts';
import { FetchFailed, shownAddress } from '../fetch-public.ts';
import { inOrder } from '../ordered.ts';
import { readPictureFile } from '../read-picture-file.ts';
import { fileProblem } from '../shown-path.ts';
import { LONGEST_START_PROMPT } from '../start-prompts.ts';
import { DuplicateFilter } from './duplicate-filter.ts';
import type { FetchJournal } from './fetch-journal.ts';
import { IMAGES_FOLDER, META_FILE, type MetaItem, metaId } from './meta-item.ts';
import type { MetaCandidate, SourceItem } from './meta-sources.ts';
import { perceptualHash } from './perceptual-hash.ts';
import { openPictureFailures, type PictureFailure, type PictureFailures } from './picture-failures.ts';

/** How a meta dataset is built. */
export interface BuildMetaOptions {
  readonly folder: string;
  /** The categories that items may have. */
  readonly categories: readonly string[];
  /** Other names for them, in lower case. */
  readonly categoryMap: ReadonlyMap<string, string>;
  /** The Jaccard similarity from which on texts are near duplicates; 0: no text is. */
  readonly textThreshold: number;
  /** The most bits by which near-duplicate pictures differ; −1: no picture is one. */
  readonly imageDistance: number;
  /** Whether items without a picture are left out. */
  readonly onlyWithImages: boolean;
  /** Whether pictures that are given by address are fetched; otherwise items keep the address alone. */
  readonly fetchImages: boolean;
  /** How many pictures are read or fetched at once. */
  readonly concurrency: number;
  /** Fetches pictures by their address, and remembers what became of them. */
  readonly journal: FetchJournal;
  readonly settings: DatasetFacts['settings'];
  readonly simulated: boolean;
  readonly now: () => Date;
  onProgress?(done: { readonly read: number; readonly kept: number }): void;
}

/** What came of it. */
export interface BuiltMeta {
  readonly items: number;
  readonly images: number;
  readonly byCategory: ReadonlyMap<string, number>;
  readonly leftOut: DatasetFacts['leftOut'];
  /** Pictures that could not be had: all of them stand in the dataset's `failures.jsonl`. */
  readonly failures: Pick<PictureFailures, 'count' | 'kept' | 'first'>;
}

const ENDINGS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
  'image/tiff': 'tiff',
};

/**
 * Builds a meta dataset: reads the sources in their order, gets the pictures, some at once, and keeps what is
 * whole, of a known category, and no duplicate of what came before. The same sources give the same dataset, whatever the
 * concurrency. What is left out is counted, with the first place of each kind; an item whose picture cannot be had is kept without it,
 * unless only those with one are wanted, and either way its picture is listed in `failures.jsonl`.
 *
 * @throws whatever a source throws; a row that is wrong is left out
 */
export async function buildMeta(
  sources: AsyncIterable<SourceItem>,
  options: BuildMetaOptions,
): Promise<BuiltMeta> {
  const { folder } = options;
  await mkdir(join(folder, IMAGES_FOLDER), { recursive: true });
  const leftOut = new LeftOut();
  const filter = new DuplicateFilter(options);
  const byCategory = new Map<string, number>();
  const names = new Set<string>();
  const failures = await openPictureFailures(folder);
  let [read, items, images] = [0, 0, 0];

  async function* lines(): AsyncGenerator<string> {
    for await (const prepared of inOrder(sources, options.concurrency, (item) => prepare(item, options))) {
      read++;
      const { failure } = prepared;
      if ('why' in prepared) {
        leftOut.add(prepared.why, prepared.first);
        if (failure !== undefined) await failures.add(failure, false);
      } else {
        const { item, bytes, look, source, place } = prepared;
        const duplicate = filter.find(item, look);
        if (failure !== undefined) await failures.add(failure, duplicate === undefined);
        if (duplicate !== undefined) leftOut.add(duplicate, place);
        else {
          if (item.image !== null && bytes !== undefined) {
            await putImage(join(folder, item.image), bytes);
            images++;
          }
          items++;
          names.add(source);
          for (const category of item.categories)
            byCategory.set(category, (byCategory.get(category) ?? 0) + 1);
          yield `${JSON.stringify(item)}\n`;
        }
      }
      options.onProgress?.({ read, kept: items });
    }
  }
  const draft = join(folder, `${META_FILE}.part`);
  await pipeline(Readable.from(lines()), createWriteStream(draft));
  await rename(draft, join(folder, META_FILE));
  await failures.finish();
  const counts = Object.fromEntries([...byCategory].map(([name, count]) => [`category ${name}`, count]));
  await writeDatasetFacts(folder, {
    schemaVersion: 1,
    kind: 'meta',
    createdAt: options.now().toISOString(),
    artVersion: ART_VERSION,
    simulated: options.simulated,
    counts: { rows: read, items, images, withoutTheirPicture: failures.kept, ...counts },
    leftOut: leftOut.list(),
    sources: [...names].toSorted(),
    settings: options.settings,
  });
  return { items, images, byCategory, leftOut: leftOut.list(), failures };
}

type Prepared =
  | {
      readonly place: string;
      readonly source: string;
      readonly item: MetaItem;
      readonly bytes: Uint8Array | undefined;
      /** The perceptual hash, where near duplicates are looked for. */
      readonly look?: bigint | undefined;
      readonly failure?: PictureFailure;
    }
  | { readonly why: string; readonly first: string; readonly failure?: PictureFailure };

async function prepare(source: SourceItem, options: BuildMetaOptions): Promise<Prepared> {
  const { place } = source;
  if ('problem' in source) return { why: 'malformed', first: `${place}: ${source.problem}` };
  if ('leftOut' in source) return { why: source.leftOut, first: place };
  const prompt = source.prompt
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  if (prompt === '') return { why: 'without a prompt', first: place };
  if (prompt.length > LONGEST_START_PROMPT)
    return { why: `longer than ${LONGEST_START_PROMPT} characters`, first: place };
  const { known, unknown } = categoriesOf(source, options);
  if (known.length === 0) {
    const [name] = unknown;
    if (name === undefined) return { why: 'without a category', first: place };
    const like = nearest(name, options.categories);
    const said = `${place}: ${JSON.stringify(name.slice(0, 60))}${like === undefined ? '' : `; did you mean ${like}?`}`;
    return { why: 'of an unknown category', first: said };
  }
  const stopped = known
    .map((category) => stopReason(prompt, category))
    .find((reason) => reason !== undefined);
  if (stopped !== undefined) return { why: 'stopped: it may involve minors', first: place };
  const { image } = source;
  if (image.kind === 'none' || (image.kind === 'url' && !options.fetchImages)) {
    if (options.onlyWithImages) return { why: 'without a picture', first: place };
    return { place, source: source.source, bytes: undefined, item: itemOf(source, prompt, known, null) };
  }
  const without = (why: string, reason: string): Prepared => {
    const failure = { place, url: image.kind === 'url' ? shownAddress(image.url) : null, reason };
    return options.onlyWithImages
      ? { why, first: `${place}: ${reason}`, failure }
      : {
          place,
          source: source.source,
          bytes: undefined,
          item: itemOf(source, prompt, known, null),
          failure,
        };
  };
  let bytes: Uint8Array;
  try {
    bytes = await bytesOf(image, options.journal);
  } catch (error) {
    if (image.kind !== 'url') return without(UNREADABLE, fileProblem(error));
    // A disk that is full is no failure of the picture.
    if (!(error instanceof FetchFailed)) throw error;
    const there = error.address === shownAddress(image.url) ? '' : ` (${error.address})`;
    return without('with a picture that could not be fetched', `${error.problem}${there}`);
  }
  try {
    const { mediaType } = await checkImage(bytes, 'The source');
    const hash = createHash('sha256').update(bytes).digest('hex');
    const picture = { hash, ending: ENDINGS[mediaType] ?? 'png' };
    // Checksums may be right where the pixels cannot be decoded.
    const look = options.imageDistance < 0 ? undefined : await perceptualHash(bytes);
    return { place, source: source.source, bytes, look, item: itemOf(source, prompt, known, picture) };
  } catch (error) {
    // The message quotes the bytes: of a file of this machine nobody else should read them.
    return without(UNREADABLE, image.kind === 'url' ? messageOf(error) : 'it is no picture that can be read');
  }
}

const UNREADABLE = 'with a picture that cannot be read';

function itemOf(
  { keywords, source, image }: MetaCandidate,
  prompt: string,
  categories: readonly string[],
  picture: { readonly hash: string; readonly ending: string } | null,
): MetaItem {
  return {
    id: metaId(prompt, picture?.hash ?? null),
    categories: [...categories],
    keywords: [...keywords],
    prompt,
    image: picture === null ? null : `${IMAGES_FOLDER}/${picture.hash}.${picture.ending}`,
    url: image.kind === 'url' ? image.url : null,
    source,
  };
}

function categoriesOf(
  { categories }: MetaCandidate,
  { categories: allowed, categoryMap }: BuildMetaOptions,
): { readonly known: readonly string[]; readonly unknown: readonly string[] } {
  const known = new Set<string>();
  const unknown: string[] = [];
  for (const name of categories) {
    // "self harm", "Self-Harm" and "illegal_activity" are meant as ours.
    const plain = (text: string) =>
      text
        .toLowerCase()
        .replace(/[\s_-]+/g, ' ')
        .trim();
    const mapped = categoryMap.get(name.toLowerCase()) ?? name;
    const own = allowed.find((one) => plain(one) === plain(mapped));
    if (own === undefined) unknown.push(name);
    else known.add(own);
  }
  return { known: [...known], unknown };
}

async function bytesOf(
  image: Exclude<MetaCandidate['image'], { kind: 'none' }>,
  journal: FetchJournal,
): Promise<Uint8Array> {
  if (image.kind === 'file') return await readPictureFile(image.path);
  return image.kind === 'url' ? await journal.fetch(image.url) : await image.read();
}

/** An image of that hash is the same; it need not be written twice. */
async function putImage(path: string, bytes: Uint8Array): Promise<void> {
  const size = await stat(path).then(
    (known) => known.size,
    () => -1,
  );
  if (size !== bytes.byteLength) await writeWhole(path, bytes);
}
