import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Command } from 'commander';
import { fetchDatasetFile } from '../../../campaign/fetch-dataset-file.ts';
import { didYouMean } from '../../../config/nearest.ts';
import { checkDataset } from '../../../datasets/check/check-dataset.ts';
import { LeftOut, readDatasetFacts } from '../../../datasets/dataset-facts.ts';
import { type BuiltMeta, buildMeta } from '../../../datasets/meta/build-meta.ts';
import { openFetchJournal } from '../../../datasets/meta/fetch-journal.ts';
import { readMetaSource } from '../../../datasets/meta/meta-sources.ts';
import { recordImport } from '../../../datasets/record-import.ts';
import { UsageError } from '../../../errors.ts';
import { modelServices } from '../../../models/model-services.ts';
import { writeDatasetCard } from '../../../report/datasets/write-card.ts';
import { BUILT_IN_CATEGORIES } from '../../../taxonomy/categories.ts';
import { busyLine } from '../../busy-line.ts';
import type { CommonOptions } from '../../options.ts';
import { failuresTold, pictureLimits, requirePictures } from './pictures.ts';
import { readCategoryMap, readCount } from './readers.ts';
import { showBuilt } from './show-built.ts';

interface ImportFlags extends Pick<CommonOptions, 'json' | 'quiet'> {
  readonly out: string;
  readonly only?: readonly Part[];
  readonly revision?: string;
  readonly categoryMap: ReadonlyMap<string, string>;
  readonly fetchImages?: boolean;
  readonly allowPrivateAddresses?: boolean;
  readonly concurrency: number;
  readonly timeout: number;
  readonly mostMegabytes: number;
  readonly onlyWithImages?: boolean;
}

/** The published files and what they are. */
const PUBLISHED = {
  meta: 'Meta Data.json',
  guide: 'VLM Data.json',
  'writer-train': 'LLM Train Data.json',
  'writer-validation': 'LLM Val Data.json',
} as const;
type Part = keyof typeof PUBLISHED;
const PARTS: readonly Part[] = ['meta', 'guide', 'writer-train', 'writer-validation'];

/** `art dataset import`. */
export function importDatasetCommand(): Command {
  return new Command('import')
    .summary('take in the published ART datasets, from the Hub or a folder')
    .description(
      'Imports the published datasets: Meta Data.json becomes a meta dataset, the files for Guide and Writer are checked and kept as they are. Pictures are addresses there; --fetch-images fetches them, and the same command goes on where it was.',
    )
    .argument('<source>', 'a dataset on the Hugging Face Hub, e.g. glli/ART, or a folder, e.g. ./ART')
    .requiredOption('--out <dir>', 'the folder to write')
    .option('--only <parts>', `of ${PARTS.join(', ')}`, readParts)
    .option('--revision <revision>', 'on the Hub: a branch, tag or commit; default: main')
    .option(
      '--category-map <pairs>',
      'other names for categories, e.g. gore=violence,nudity=sexual',
      readCategoryMap,
      new Map(),
    )
    .option('--fetch-images', 'fetch the pictures of the meta dataset')
    .option('--only-with-images', 'leave out prompts without a picture')
    .option('--concurrency <n>', 'pictures at once', readCount(1, 64), 8)
    .option('--timeout <seconds>', 'of one picture', readCount(1, 3_600), 30)
    .option('--most-megabytes <n>', 'of one picture', readCount(1, 1_000), 20)
    .option('--allow-private-addresses', 'fetch from inside of your network as well')
    .option('--json', 'machine-readable')
    .option('--quiet', 'only what went wrong')
    .action(async (source: string, options: ImportFlags) => {
      const leftOut = new LeftOut();
      const kept: Record<string, number> = {};
      const files: PublishedFile[] = [];
      let built: BuiltMeta | undefined;
      const parts = options.only ?? (await partsOf(source));
      await mkdir(options.out, { recursive: true });
      const before = await readDatasetFacts(options.out);
      for (const part of parts) {
        const file = await findFile(source, PUBLISHED[part], options);
        files.push(file);
        if (part === 'meta') {
          built = await importMeta(file, leftOut, options);
          kept[part] = built.items;
        } else kept[part] = await keep(file.path, PUBLISHED[part], leftOut, options);
      }
      const items = Object.values(kept).reduce((sum, count) => sum + count, 0);
      const { meta, ...others } = kept;
      const commit = files[0]?.commit ?? null;
      if (items > 0) {
        await recordImport(options.out, before, {
          kind: meta !== undefined ? 'meta' : others.guide !== undefined ? 'guide' : 'writer',
          counts: others,
          sources: files.map((file) => file.source),
          leftOut: leftOut.list(),
          settings: { imported: files[0]?.dataset ?? null, revision: options.revision ?? null, commit },
          now: () => new Date(),
        });
        await writeDatasetCard(options.out);
      }
      const told = built === undefined ? undefined : failuresTold(built.failures, options.out);
      showBuilt(
        {
          text: `${Object.entries(kept)
            .map(([part, count]) => `${count} items of ${part}`)
            .join(', ')} in ${options.out}${commit === null ? '' : ` (commit ${commit.slice(0, 12)})`}`,
          facts: { folder: options.out, kept, commit, ...told?.facts },
          items,
          leftOut: leftOut.list(),
          notes: told?.notes ?? [],
          hint: 'It has to hold files in the layout of the published ART datasets.',
        },
        options,
      );
      if (built !== undefined) requirePictures(built, options.out);
    });
}

/** A published file. */
interface PublishedFile {
  readonly path: string;
  /** What it is called in the dataset, which may be published: no path of this machine. */
  readonly source: string;
  /** The same of the whole. */
  readonly dataset: string;
  /** The Hub's; absent for a folder. */
  readonly commit?: string;
}

/** What a source has: of a folder the files that are there, for somebody may have fetched only some; of the Hub all. */
async function partsOf(source: string): Promise<readonly Part[]> {
  const names = await readdir(source).catch(() => undefined);
  const there = PARTS.filter((part) => names === undefined || names.includes(PUBLISHED[part]));
  if (there.length > 0) return there;
  throw new UsageError({
    code: 'NO_DATASET',
    message: `${source} holds none of ${Object.values(PUBLISHED).join(', ')}.`,
    hint: 'For files of your own: art dataset build meta.',
    data: { source },
  });
}

/** Finds a published file in a folder, or fetches it from the Hub. */
async function findFile(source: string, file: string, options: ImportFlags): Promise<PublishedFile> {
  const folder = await stat(source).catch(() => undefined);
  if (folder?.isDirectory() === true) {
    const dataset = basename(resolve(source));
    return { path: resolve(source, file), source: `${dataset}/${file}`, dataset };
  }
  if (!/^\w[\w.-]*\/\w[\w.-]*$/.test(source)) {
    throw new UsageError({
      code: 'NO_DATASET',
      message: `${source} is neither a folder nor a dataset on the Hub (owner/name).`,
      hint: 'E.g. art dataset import glli/ART --out art-md',
      data: { source },
    });
  }
  const clear = busyLine(`Fetching ${file} of ${source} …`, options);
  const services = await modelServices(process.cwd());
  const { path, commit } = await fetchDatasetFile(
    { dataset: source, file, revision: options.revision, neededBy: 'art dataset import' },
    { ...services, onDownload: undefined },
  ).finally(clear);
  // As huggingface_hub writes a file at a commit.
  return { path, commit, dataset: source, source: `hf://datasets/${source}@${commit}/${file}` };
}

async function importMeta(
  { path, source, dataset }: PublishedFile,
  leftOut: LeftOut,
  options: ImportFlags,
): Promise<BuiltMeta> {
  const journal = await openFetchJournal(options.out, pictureLimits(options));
  const clear = { now: busyLine('Reading …', options) };
  let shown = 0;
  const built = await buildMeta(readMetaSource(path, source), {
    folder: options.out,
    categories: BUILT_IN_CATEGORIES.map(({ name }) => name),
    categoryMap: options.categoryMap,
    // A published dataset is taken as it is.
    textThreshold: 0,
    imageDistance: -1,
    onlyWithImages: options.onlyWithImages === true,
    fetchImages: options.fetchImages === true,
    concurrency: options.concurrency,
    journal,
    settings: { imported: dataset },
    simulated: false,
    now: () => new Date(),
    onProgress({ read, kept }) {
      if (Date.now() - shown < 200) return;
      shown = Date.now();
      clear.now();
      clear.now = busyLine(`Reading: ${read} rows, ${kept} kept …`, options);
    },
  }).finally(() => clear.now());
  for (const { why, count, first } of built.leftOut) leftOut.add(why, first, count);
  return built;
}

/** Keeps a file for Guide or Writer as it is; what is wrong with its rows is told. */
async function keep(path: string, name: string, leftOut: LeftOut, { out }: ImportFlags): Promise<number> {
  const { rows, problems } = await checkDataset([path], { images: false });
  const malformed = problems.find(({ what }) => what === 'malformed rows');
  if (malformed !== undefined)
    leftOut.add('malformed (kept in the file)', malformed.places[0] ?? name, malformed.count);
  if (resolve(path) !== resolve(out, name)) await copyFile(path, join(out, name));
  return rows - (malformed?.count ?? 0);
}

function readParts(text: string): readonly Part[] {
  return text.split(',').map((word) => {
    const part = PARTS.find((one) => one === word.trim());
    if (part !== undefined) return part;
    throw new UsageError({
      code: 'UNKNOWN_PART',
      message: `--only: there is no part ${JSON.stringify(word.trim())}; ${didYouMean(word.trim(), PARTS)}`,
      hint: `Parts are ${PARTS.join(', ')}.`,
    });
  });
}
