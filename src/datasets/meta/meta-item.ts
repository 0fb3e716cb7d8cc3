import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { messageOf, UsageError } from '../../errors.ts';

/** An item of a meta dataset (MD): a prompt, what it is about, and the picture that it gave. */
export const metaItemSchema = z.object({
  /** Stable: it follows from prompt and picture. */
  id: z.string().min(1),
  categories: z.array(z.string().min(1)).min(1),
  keywords: z.array(z.string()).default([]),
  prompt: z.string().min(1),
  /** The picture's path in the dataset's folder. */
  image: z
    .string()
    .regex(/^images\/[0-9a-f]{64}\.[a-z]{3,4}$/)
    .nullable(),
  /** Where the picture came from, where it was fetched. */
  url: z.string().nullable().default(null),
  /** The file, campaign or dataset that the item came from. */
  source: z.string().default(''),
});

export type MetaItem = z.output<typeof metaItemSchema>;

/** The files of a meta dataset's folder. */
export const META_FILE = 'meta.jsonl';
export const IMAGES_FOLDER = 'images';

/** A line of the dataset, or why it is none. */
export type MetaLine =
  | { readonly line: number; readonly item: MetaItem }
  | { readonly line: number; readonly problem: string };

/**
 * The id of an item: 16 hex digits of the SHA-256 of its prompt and its picture.
 *
 * @param imageHash SHA-256 of the picture, lower-case hex; `null` without one
 */
export function metaId(prompt: string, imageHash: string | null): string {
  return createHash('sha256')
    .update(`${prompt}\u0000${imageHash ?? ''}`)
    .digest('hex')
    .slice(0, 16);
}

/**
 * Reads the items of a meta dataset, line by line; no more than a line is kept.
 *
 * @param folder where `meta.jsonl` lies
 * @throws {@link UsageError} where there is none
 */
export async function* readMetaDataset(folder: string): AsyncGenerator<MetaLine> {
  const file = join(folder, META_FILE);
  try {
    await access(file);
  } catch (error) {
    throw new UsageError({
      code: 'NO_META_DATASET',
      message: `${folder} holds no meta dataset: ${messageOf(error)}`,
      hint: 'Make one: art dataset build meta --campaign latest --out DIR',
      data: { folder },
      cause: error,
    });
  }
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    line++;
    const plain = line === 1 ? text.replace(/^\uFEFF/, '') : text;
    if (plain.trim() === '') continue;
    yield { line, ...readItem(plain) };
  }
}

function readItem(text: string): { readonly item: MetaItem } | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: messageOf(error).replace(/\s+/g, ' ') };
  }
  const parsed = metaItemSchema.safeParse(value);
  return parsed.success
    ? { item: parsed.data }
    : { problem: z.prettifyError(parsed.error).replace(/\s+/g, ' ') };
}
