import { copyFile, mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { fetchDatasetFile } from '../../../campaign/fetch-dataset-file.ts';
import { didYouMean } from '../../../config/nearest.ts';
import { checkDataset } from '../../../datasets/check/check-dataset.ts';
import { LeftOut } from '../../../datasets/dataset-facts.ts';
import { buildMeta } from '../../../datasets/meta/build-meta.ts';
import { openFetchJournal } from '../../../datasets/meta/fetch-journal.ts';
import { readMetaSource } from '../../../datasets/meta/meta-sources.ts';
import { UsageError } from '../../../errors.ts';
import { modelServices } from '../../../models/model-services.ts';
import { writeDatasetCard } from '../../../report/datasets/write-card.ts';
import { BUILT_IN_CATEGORIES } from '../../../taxonomy/categories.ts';
import { busyLine } from '../../busy-line.ts';
import type { CommonOptions } from '../../options.ts';
import { readCount } from './readers.ts';
import { showBuilt } from './show-built.ts';

interface ImportFlags extends Pick<CommonOptions, 'json' | 'quiet'> {
  readonly out: string;
  readonly only?: readonly Part[];
  readonly revision?: string;
  readonly fetchImages?: boolean;
  readonly allowPrivateAddresses?: boolean;
  readonly concurrency: number;
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
    .option('--fetch-images', 'fetch the pictures of the meta dataset')
    .option('--concurrency <n>', 'pictures at once', readCount(1, 64), 8)
    .option('--allow-private-addresses', 'fetch from inside of your network as well')
    .option('--json', 'machine-readable')
    .option('--quiet', 'only what went wrong')
    .action(async (source: string, options: ImportFlags) => {
      const leftOut = new LeftOut();
      const kept: Record<string, number> = {};
      await mkdir(options.out, { recursive: true });
      for (const part of options.only ?? PARTS) {
        const path = await filePath(source, PUBLISHED[part], options);
        const count =
          part === 'meta'
            ? await importMeta(path, leftOut, options)
            : await keep(path, PUBLISHED[part], leftOut, options);
        kept[part] = count;
      }
      const items = Object.values(kept).reduce((sum, count) => sum + count, 0);
      if (kept.meta !== undefined && kept.meta > 0) await writeDatasetCard(options.out);
      showBuilt(
        {
          text: `${Object.entries(kept)
            .map(([part, count]) => `${count} items of ${part}`)
            .join(', ')} in ${options.out}`,
          facts: { folder: options.out, kept },
          items,
          leftOut: leftOut.list(),
          hint: 'It has to hold files in the layout of the published ART datasets.',
        },
        options,
      );
    });
}

/** Where a published file lies: in a folder, or fetched from the Hub. */
async function filePath(source: string, file: string, options: ImportFlags): Promise<string> {
  const folder = await stat(source).catch(() => undefined);
  if (folder?.isDirectory() === true) return resolve(source, file);
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
  return await fetchDatasetFile(
    { dataset: source, file, revision: options.revision, neededBy: 'art dataset import' },
    { ...services, onDownload: undefined },
  ).finally(clear);
}

async function importMeta(path: string, leftOut: LeftOut, options: ImportFlags): Promise<number> {
  const journal = await openFetchJournal(options.out, {
    mostBytes: 20_000_000,
    timeoutMs: 30_000,
    redirects: 5,
    allowPrivate: options.allowPrivateAddresses === true,
  });
  const clear = { now: busyLine('Reading …', options) };
  let shown = 0;
  const built = await buildMeta(readMetaSource(path), {
    folder: options.out,
    categories: BUILT_IN_CATEGORIES.map(({ name }) => name),
    categoryMap: new Map(),
    // A published dataset is taken as it is.
    textThreshold: 0,
    imageDistance: -1,
    onlyWithImages: false,
    fetchImages: options.fetchImages === true,
    concurrency: options.concurrency,
    journal,
    settings: { imported: path, revision: options.revision ?? null },
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
  return built.items;
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
