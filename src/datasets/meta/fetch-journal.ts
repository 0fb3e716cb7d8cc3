import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../dataset-facts.ts';
import { type FetchLimits, fetchPublic } from '../fetch-public.ts';
import { readJournal } from '../read-journal.ts';

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
  const entries = await readJournal(journal, entrySchema);
  const known = new Map(entries.map(({ url, file }) => [url, file]));
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
