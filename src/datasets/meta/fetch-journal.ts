import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../dataset-facts.ts';
import { type FetchLimits, fetchPublic } from '../fetch-public.ts';
import { parseJson } from '../parse-json.ts';

const JOURNAL = 'fetched.jsonl';
const FETCHED = '.fetched';

const entrySchema = z.object({ url: z.string(), file: z.string().regex(/^[0-9a-f]{64}$/) });

/** Fetches pictures and remembers them, so that the command run again fetches only what is missing. */
export interface FetchJournal {
  /** @throws {@link FetchFailed} when the address gives nothing */
  fetch(url: string): Promise<Uint8Array>;
  /** How many came over the network in this run. */
  readonly fetched: number;
}

/**
 * Opens the journal of a dataset's folder: what was fetched lies in `.fetched/`, its addresses in `fetched.jsonl`. A line that was
 * cut off by a crash is not counted.
 */
export async function openFetchJournal(folder: string, limits: FetchLimits): Promise<FetchJournal> {
  const store = join(folder, FETCHED);
  const journal = join(folder, JOURNAL);
  await mkdir(store, { recursive: true });
  const known = await readJournal(journal);
  const pending = new Map<string, Promise<Uint8Array>>();
  let fetched = 0;

  const fetchAnew = async (url: string): Promise<Uint8Array> => {
    const bytes = await fetchPublic(url, limits);
    const file = createHash('sha256').update(url).digest('hex');
    await writeWhole(join(store, file), bytes);
    // A line of its own, begun anew: the last one may have been cut off.
    await appendFile(journal, `\n${JSON.stringify({ url, file })}`);
    known.set(url, file);
    fetched++;
    return bytes;
  };
  const fetchOnce = async (url: string): Promise<Uint8Array> => {
    const file = known.get(url);
    if (file !== undefined) {
      try {
        return await readFile(join(store, file));
      } catch {
        // Deleted by somebody: it is fetched again.
        known.delete(url);
      }
    }
    return await fetchAnew(url);
  };
  return {
    get fetched() {
      return fetched;
    },
    fetch(url) {
      const running = pending.get(url) ?? fetchOnce(url).finally(() => pending.delete(url));
      pending.set(url, running);
      return running;
    },
  };
}

async function readJournal(file: string): Promise<Map<string, string>> {
  const known = new Map<string, string>();
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return known;
    throw error;
  }
  for (const line of text.split('\n')) {
    const parsed = entrySchema.safeParse(parseJson(line));
    if (parsed.success) known.set(parsed.data.url, parsed.data.file);
  }
  return known;
}
