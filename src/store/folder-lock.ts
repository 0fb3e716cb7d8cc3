import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { StoreError } from './store-error.ts';

/** Who holds a data folder. */
export interface LockHolder {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** Start time of the process in clock ticks since boot, where /proc tells: guards against reused pids. */
  readonly processStart: string | null;
  readonly command: string;
  readonly since: string;
}

/** How often a holder shows that it is alive, for processes on other machines that share the folder. */
const HEARTBEAT_MS = 5_000;
const STALE_AFTER_MS = 30_000;

/** A held lock; give it back with `release`. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the lock of a data folder: an embedded database takes one process at a time.
 *
 * A lock whose process has died is taken over. On the same machine that is known at once; a holder
 * on another machine counts as dead when its heartbeat is over 30 s old.
 *
 * @param folder the data folder; must exist
 * @param command what this process does, shown to whoever finds the folder in use
 * @throws {@link StoreError} `DATA_FOLDER_IN_USE`
 */
export function lockFolder(folder: string, command: string): FolderLock {
  const path = join(folder, 'lock');
  const mine: LockHolder = {
    id: randomUUID(),
    pid: process.pid,
    host: hostname(),
    processStart: processStart(process.pid),
    command,
    since: new Date().toISOString(),
  };
  const draft = join(folder, `lock.${mine.id}`);
  writeFileSync(draft, JSON.stringify(mine));
  try {
    // link() fails where the lock exists, so exactly one process wins.
    while (!tryLink(draft, path)) removeIfStale(folder, path);
  } finally {
    rmSync(draft, { force: true });
  }

  const heartbeat = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch (error) {
      // The folder may be gone (a test, a careless rm): nothing is left to protect.
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();

  return {
    release() {
      clearInterval(heartbeat);
      if (readHolder(path)?.id === mine.id) rmSync(path, { force: true });
    },
  };
}

/** Who holds the folder now, or `undefined` when nobody alive does. */
export function lockHolder(folder: string): LockHolder | undefined {
  const path = join(folder, 'lock');
  const holder = readHolder(path);
  return holder !== undefined && isAlive(holder, path) ? holder : undefined;
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function removeIfStale(folder: string, path: string): void {
  const holder = readHolder(path);
  if (holder !== undefined && isAlive(holder, path)) {
    throw new StoreError({
      code: 'DATA_FOLDER_IN_USE',
      message: `The data folder ${folder} is in use by process ${holder.pid} on ${holder.host} (art ${holder.command}, since ${holder.since}).`,
      hint: 'Wait for it to end or stop it, choose another folder with --data-dir, or use a PostgreSQL server (--database) to work with several processes.',
      data: { folder, ...holder },
    });
  }
  // Renaming is atomic: of two processes that both see the stale lock, one gets it.
  const aside = join(folder, `lock.stale.${randomUUID()}`);
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const moved = readHolder(aside);
  // Between reading and renaming, another process may have taken the lock over: give it back.
  if (moved !== undefined && moved.id !== holder?.id && isAlive(moved, aside)) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function readHolder(path: string): LockHolder | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isHolder(value) ? value : undefined;
  } catch (error) {
    // A lock that cannot be parsed was cut off by a crash while it was written: nobody holds it.
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isHolder(value: unknown): value is LockHolder {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'string' &&
    'pid' in value &&
    typeof value.pid === 'number' &&
    'host' in value &&
    typeof value.host === 'string'
  );
}

function isAlive(holder: LockHolder, path: string): boolean {
  if (holder.host !== hostname()) {
    return Date.now() - statSync(path).mtimeMs < STALE_AFTER_MS;
  }
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
  return holder.processStart === null || holder.processStart === processStart(holder.pid);
}

function processStart(pid: number): string | null {
  try {
    // Field 22 of /proc/PID/stat; the command's name, in brackets, may itself hold spaces.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'ENOTDIR'].includes(codeOf(error) ?? '')) return null;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
