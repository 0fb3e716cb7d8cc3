import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { parseJson } from './parse-json.ts';

/**
 * Reads the entries of a journal, a JSON line each; none where there is no file. A line that a crash cut off, or that
 * is none of these, is passed over.
 */
export async function readJournal<Entry>(file: string, schema: z.ZodType<Entry>): Promise<Entry[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => {
    const parsed = schema.safeParse(parseJson(line));
    return parsed.success ? [parsed.data] : [];
  });
}
