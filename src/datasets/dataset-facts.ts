import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from './parse-json.ts';

/** What a built dataset says of itself, for its card and for checks: `dataset.json` beside the data. */
export const datasetFactsSchema = z.object({
  schemaVersion: z.literal(1),
  kind: z.enum(['meta', 'guide', 'writer', 'pairs']),
  createdAt: z.string(),
  artVersion: z.string(),
  /** Whether any model behind it is the sandbox's. */
  simulated: z.boolean(),
  /** What there is, by name: items, images, and so on. */
  counts: z.record(z.string(), z.number()),
  /** What was not taken, by why; the first place as an example. */
  leftOut: z.array(z.object({ why: z.string(), count: z.number(), first: z.string() })),
  /** Files, campaigns and datasets that it was made from. */
  sources: z.array(z.string()),
  /** Models, seeds and options. */
  settings: z.record(z.string(), z.unknown()),
});

export type DatasetFacts = z.output<typeof datasetFactsSchema>;

export const FACTS_FILE = 'dataset.json';

/** Writes the facts; whole or not at all. */
export async function writeDatasetFacts(folder: string, facts: DatasetFacts): Promise<void> {
  await writeWhole(join(folder, FACTS_FILE), `${JSON.stringify(facts, null, 2)}\n`);
}

/** Reads the facts of a folder; `undefined` where it has none that can be read. */
export async function readDatasetFacts(folder: string): Promise<DatasetFacts | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, FACTS_FILE), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = datasetFactsSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
}

/** Writes a file so that a reader finds the old one or the new one, never half of it. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const draft = `${file}.${process.pid}.part`;
  await writeFile(draft, content);
  await rename(draft, file);
}

/** Counts what was left out, with the first place of each kind. */
export class LeftOut {
  readonly #known = new Map<string, { count: number; first: string }>();

  /** @param first where, and what exactly */
  add(why: string, first: string, count = 1): void {
    const known = this.#known.get(why);
    if (known === undefined) this.#known.set(why, { count, first });
    else known.count += count;
  }

  /** The most frequent first. */
  list(): { readonly why: string; readonly count: number; readonly first: string }[] {
    return [...this.#known]
      .map(([why, { count, first }]) => ({ why, count, first }))
      .toSorted((one, other) => other.count - one.count);
  }
}
