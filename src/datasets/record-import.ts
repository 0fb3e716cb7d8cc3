import { ART_VERSION } from '../version.ts';
import { type DatasetFacts, readDatasetFacts, writeDatasetFacts } from './dataset-facts.ts';

/** What was taken in. */
export interface Imported {
  /** What the dataset is where its folder does not say yet. */
  readonly kind: DatasetFacts['kind'];
  /** Rows of files that were kept as they are. */
  readonly counts: Readonly<Record<string, number>>;
  /** A name that ends with `/` and the file's own. */
  readonly sources: readonly string[];
  readonly leftOut: DatasetFacts['leftOut'];
  readonly settings: DatasetFacts['settings'];
  readonly now: () => Date;
}

/**
 * Writes into a folder's facts where its files come from. What was taken in before and not now stays; of a file that was taken
 * in again only the new source counts.
 *
 * @param before the facts before anything was taken in
 */
export async function recordImport(
  folder: string,
  before: DatasetFacts | undefined,
  imported: Imported,
): Promise<void> {
  const built = await readDatasetFacts(folder);
  const sources = [...(before?.sources ?? []), ...(built?.sources ?? []), ...imported.sources];
  const leftOut = [...(built?.leftOut ?? []), ...imported.leftOut];
  await writeDatasetFacts(folder, {
    schemaVersion: 1,
    kind: imported.kind,
    simulated: false,
    ...built,
    artVersion: ART_VERSION,
    createdAt: imported.now().toISOString(),
    counts: { ...before?.counts, ...built?.counts, ...imported.counts },
    leftOut: [...new Map(leftOut.map((one) => [one.why, one])).values()],
    sources: [...new Map(sources.map((source) => [fileOf(source), source])).values()].toSorted(),
    settings: { ...built?.settings, ...imported.settings },
  });
}

function fileOf(source: string): string {
  return source.slice(source.lastIndexOf('/') + 1);
}
