import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { gitSha1OfFile, sha256OfFile } from './file-hash.ts';

/** Knows the hashes of files: a file of a gigabyte that has not changed is not read again. */
export interface VerifiedFiles {
  /** In lower-case hex. */
  sha256Of(path: string): Promise<string>;
  /** What git calls the file. */
  gitSha1Of(path: string): Promise<string>;
  /** In bytes; `undefined` where there is no such file. */
  sizeOf(path: string): Promise<number | undefined>;
  /** Takes a hash that was computed while the file was written. */
  remember(path: string, sha256: string): Promise<void>;
}

const entrySchema = z.object({
  /** Size, time of change and inode: another file at the same path has others. */
  stamp: z.string(),
  sha256: z.string().optional(),
  gitSha1: z.string().optional(),
});
const memoSchema = z.object({ version: z.literal(1), files: z.record(z.string(), entrySchema) });
type Entry = z.output<typeof entrySchema>;

/** The oldest entries give way. */
const MOST_ENTRIES = 1000;

/**
 * Remembers hashes in a file. A memo that is damaged or cannot be written costs time, nothing else.
 *
 * @param memoPath e.g. `~/.cache/art/verified.json`
 */
export function createVerifiedFiles(memoPath: string): VerifiedFiles {
  const read = async (): Promise<Map<string, Entry>> => {
    try {
      const memo = memoSchema.parse(JSON.parse(await readFile(memoPath, 'utf8')));
      return new Map(Object.entries(memo.files));
    } catch {
      // Not there yet, or damaged: the files are hashed again.
      return new Map();
    }
  };
  const write = async (path: string, entry: Entry): Promise<void> => {
    // Read anew: other processes write as well. What one of them loses is hashed again.
    const files = await read();
    const known = files.get(path);
    files.delete(path);
    files.set(path, known?.stamp === entry.stamp ? { ...known, ...entry } : entry);
    const kept = Object.fromEntries([...files].slice(-MOST_ENTRIES));
    const draft = `${memoPath}.${randomUUID()}`;
    try {
      await mkdir(dirname(memoPath), { recursive: true });
      await writeFile(draft, JSON.stringify({ version: 1, files: kept }));
      await rename(draft, memoPath);
    } catch {
      // A cache that cannot be written, e.g. in a container that may only read.
      await rm(draft, { force: true });
    }
  };
  const hashOf = async (
    path: string,
    kind: 'sha256' | 'gitSha1',
    compute: (path: string) => Promise<string>,
  ): Promise<string> => {
    const stamp = await stampOf(path);
    const known = (await read()).get(path);
    const hash = known?.stamp === stamp ? known[kind] : undefined;
    if (hash !== undefined) return hash;
    const computed = await compute(path);
    // Changed while it was read: that hash may be of neither form.
    if ((await stampOf(path)) === stamp) await write(path, { stamp, [kind]: computed });
    return computed;
  };
  return {
    sha256Of: (path) => hashOf(path, 'sha256', sha256OfFile),
    gitSha1Of: (path) => hashOf(path, 'gitSha1', gitSha1OfFile),
    async sizeOf(path) {
      try {
        const found = await stat(path);
        return found.isFile() ? found.size : undefined;
      } catch {
        // Not there.
        return undefined;
      }
    },
    remember: async (path, sha256) => write(path, { stamp: await stampOf(path), sha256 }),
  };
}

async function stampOf(path: string): Promise<string> {
  const { size, mtimeNs, ino, dev } = await stat(path, { bigint: true });
  return `${size}.${mtimeNs}.${ino}.${dev}`;
}
