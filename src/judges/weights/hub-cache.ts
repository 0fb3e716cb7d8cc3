import { randomUUID } from 'node:crypto';
import {
  copyFile,
  link,
  mkdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { RepoKind } from './model-files.ts';
import { COMMIT } from './names.ts';

/**
 * The folder of one model in the cache that Python's huggingface_hub shares:
 *
 * ```
 * models--org--repo/                  datasets--org--repo/ for a dataset
 *   blobs/<ETag>                      the files; SHA-256 for large ones, git's SHA-1 for small ones
 *   refs/<revision>                   the commit of a branch or tag
 *   snapshots/<commit>/<path>         a link to the blob
 *   .no_exist/<commit>/<path>         an empty file: the commit has no such file
 * ```
 */
export interface CachedModel {
  /** The commit that a branch or tag stood at when it was last asked for. */
  commitOf(revision: string): Promise<string | undefined>;
  keepCommit(revision: string, commit: string): Promise<void>;
  /** A file of a commit, and the ETag that its blob is named by (absent where the file is a copy). */
  find(commit: string, name: string): Promise<{ readonly path: string; readonly etag?: string } | undefined>;
  /** Whether it is known that a commit has no such file. */
  lacks(commit: string, name: string): Promise<boolean>;
  keepLack(commit: string, name: string): Promise<void>;
  blobPath(etag: string): string;
  /** Where a download of the blob is locked. */
  lockFolder(etag: string): string;
  /** Makes a blob a file of a commit; gives back the file's path. */
  place(etag: string, commit: string, name: string): Promise<string>;
  /** Takes a damaged file out, with its blob. */
  remove(commit: string, name: string): Promise<void>;
}

/**
 * Opens the folder of a model or dataset; nothing is made before something is kept.
 *
 * @param hubCache e.g. `~/.cache/huggingface/hub`
 * @param symlinks whether the disk and the user allow symbolic links
 */
export function cachedModel(
  hubCache: string,
  repo: string,
  symlinks: boolean,
  kind: RepoKind = 'model',
): CachedModel {
  const name = `${kind}s--${repo.replaceAll('/', '--')}`;
  const root = join(hubCache, name);
  const snapshot = (commit: string, file: string) => join(root, 'snapshots', commit, ...file.split('/'));
  const lack = (commit: string, file: string) => join(root, '.no_exist', commit, ...file.split('/'));
  const ref = (revision: string) => join(root, 'refs', ...revision.split('/'));
  const blobPath = (etag: string) => join(root, 'blobs', etag);

  return {
    blobPath,
    lockFolder: (etag) => join(hubCache, '.locks', name, `${etag}.art`),
    async commitOf(revision) {
      if (COMMIT.test(revision)) return revision;
      const commit = await readOrNothing(ref(revision));
      return commit !== undefined && COMMIT.test(commit) ? commit : undefined;
    },
    async keepCommit(revision, commit) {
      if (revision !== commit) await keepNote(ref(revision), commit);
    },
    async find(commit, file) {
      const path = snapshot(commit, file);
      if (!(await isFile(path))) return undefined;
      const target = await linkTarget(path);
      return target === undefined ? { path } : { path, etag: basename(target) };
    },
    lacks: (commit, file) => isFile(lack(commit, file)),
    keepLack: (commit, file) => keepNote(lack(commit, file), ''),
    async place(etag, commit, file) {
      const path = snapshot(commit, file);
      await mkdir(dirname(path), { recursive: true });
      // Made aside and renamed: whoever looks meanwhile finds the old file or the new one.
      const draft = `${path}.${randomUUID()}`;
      await linkOrCopy(blobPath(etag), draft, dirname(path), symlinks);
      await rename(draft, path);
      // Renaming one hard link over another of the same file leaves both.
      await rm(draft, { force: true });
      return path;
    },
    async remove(commit, file) {
      const path = snapshot(commit, file);
      const target = await linkTarget(path);
      await rm(path, { force: true });
      if (target !== undefined) await rm(blobPath(basename(target)), { force: true });
    },
  };
}

async function linkOrCopy(blob: string, path: string, folder: string, symlinks: boolean): Promise<void> {
  const ways = [
    ...(symlinks ? [() => symlink(relative(folder, blob), path)] : []),
    // A hard link costs nothing either, and Windows allows it to everybody.
    () => link(blob, path),
  ];
  for (const way of ways) {
    try {
      return await way();
    } catch (error) {
      if (!isNotSupported(error)) throw error;
    }
  }
  await copyFile(blob, path);
}

function isNotSupported(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return [
    'EPERM',
    'EACCES',
    'ENOSYS',
    'ENOTSUP',
    'EOPNOTSUPP',
    'EINVAL',
    'EXDEV',
    'UNKNOWN',
    'EMLINK',
  ].includes(code);
}

/** Keeps what can be asked for again: a cache that cannot be written does without it. */
async function keepNote(path: string, text: string): Promise<void> {
  if ((await readOrNothing(path)) === text) return;
  const draft = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, text);
    await rename(draft, path);
  } catch {
    // Asked for again next time; what has to be written says so itself.
    await rm(draft, { force: true });
  }
}

async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    // Not in the cache.
    return undefined;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    // Not in the cache, or a link whose blob is gone.
    return false;
  }
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch {
    // A copy instead of a link, or nothing.
    return undefined;
  }
}
