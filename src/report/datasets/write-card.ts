import { basename, join, resolve } from 'node:path';
import { checkDataset, type DatasetCheck } from '../../datasets/check/check-dataset.ts';
import { dataFilesOf } from '../../datasets/check/dataset-rows.ts';
import { readDatasetFacts, writeWhole } from '../../datasets/dataset-facts.ts';
import { datasetCard } from './dataset-card.ts';

/** The Hub shows it as a dataset's page. */
export const CARD_FILE = 'README.md';

/**
 * Writes a dataset's card into its folder, from what its builder recorded and what is in its files.
 *
 * @param licence an identifier of the Hub
 * @param name default: the folder's
 * @throws {@link UsageError} where the folder holds no data
 */
export async function writeDatasetCard(
  folder: string,
  { licence, name }: { readonly licence?: string | undefined; readonly name?: string | undefined } = {},
): Promise<DatasetCheck> {
  const files = (await dataFilesOf(folder)).map((file) => basename(file));
  const facts = await readDatasetFacts(folder);
  // One layout is described; the others hold the same in other words.
  const chosen = preferred(files);
  const check = await checkDataset(
    [...chosen.train, ...chosen.validation].map((file) => join(folder, file)),
    { images: false },
  );
  const images = facts?.counts.images ?? check.images;
  const card = datasetCard({
    name: name ?? basename(resolve(folder)),
    facts,
    check: { ...check, images },
    files: chosen,
    licence,
  });
  await writeWhole(join(folder, CARD_FILE), card);
  return check;
}

/** The files that are described: JSON Lines, which the Hub's viewer reads, before the trainers' own layouts. */
function preferred(files: readonly string[]): {
  readonly train: readonly string[];
  readonly validation: readonly string[];
} {
  const lines = files.filter((file) => file.endsWith('.jsonl'));
  const chosen = lines.length > 0 ? lines : files;
  const validation = chosen.filter((file) => /\bval(?:idation)?\b/i.test(file.replaceAll(/[-_]/g, ' ')));
  return { train: chosen.filter((file) => !validation.includes(file)), validation };
}
