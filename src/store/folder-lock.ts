import { randomUUID } from 'node:crypto';
import {
  linkSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { contentHash } from './content-hash.ts';
import { StoreError } from './store-error.ts';

/** Who holds a data folder. */
export interface LockHolder {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** The space that the pid counts in, where /proc tells: containers may share a host's name, not its pids. */
  readonly pidSpace?: string | null;
  /** Start time of the process in clock ticks since boot, where /proc tells: guards against reused pids. */
  readonly processStart: string | null;
  readonly command: string;
  readonly since: string;
}

/** How often a holder shows that it is alive, for processes on other machines that share the folder. */
const HEARTBEAT_MS = 5_000;
const STALE_AFTER_MS = 30_000;
/** How the names of locks begin that nobody has taken yet. */
const DRAFT = 'lock.draft.';

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
 * @throws {@link StoreError} `DATA_FOLDER_IN_USE`; `DATA_FOLDER_UNREADABLE` where nothing can be locked
 */
export function lockFolder(folder: string, command: string): FolderLock {
  const path = join(folder, 'lock');
  const mine: LockHolder = {
    id: randomUUID(),
    pid: process.pid,
    host: hostname(),
    pidSpace: pidSpace(),
    processStart: processStart(process.pid),
    command,
    since: new Date().toISOString(),
  };
  const draft = join(folder, `${DRAFT}${mine.id}`);
  try {
    writeFileSync(draft, JSON.stringify(mine));
    while (!tryToTake(folder, draft, mine.id)) refuseIfHeld(folder);
    removeLeftDrafts(folder, mine.id);
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw new StoreError({
      code: 'DATA_FOLDER_UNREADABLE',
      message: `The data folder ${folder} cannot be locked: ${messageOf(cause)}`,
      hint: 'It needs a disk that is writable and has hard links; choose another folder with --data-dir.',
      data: { folder },
      cause,
    });
  } finally {
    rmSync(draft, { force: true });
  }

  const heartbeat = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch (error) {
      // A folder that is gone or cannot be written ends the campaign at its next commit, with a message.
      if (codeOf(error) === undefined) throw error;
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();

  return {
    release() {
      clearInterval(heartbeat);
      try {
        if (readHolder(path)?.id === mine.id) unlinkSync(path);
      } catch (error) {
        // On a disk that takes no change it stays, and counts for nothing once this process has ended; what
        // went wrong with the disk has been told, and must not be hidden by this.
        if (codeOf(error) === undefined) throw error;
      }
    },
  };
}

/** Who holds the folder now, or `undefined` when nobody alive does. */
export function lockHolder(folder: string): LockHolder | undefined {
  const path = join(folder, 'lock');
  const holder = readHolder(path);
  return holder !== undefined && isAlive(holder, path) ? holder : undefined;
}

/**
 * One try to become the holder. Everything is a `link`, which fails where its name is taken, so exactly
 * one process wins: a free lock is taken by linking `lock`, a dead one by linking the successor of the
 * dead lock, whose name follows from it. A successor that has died has a successor of its own. The
 * winner then moves its link over `lock`, in one step.
 */
function tryToTake(folder: string, draft: string, id: string): boolean {
  const path = join(folder, 'lock');
  const dead = deadLocks(folder);
  const last = dead.at(-1);
  if (last === undefined) return tryLink(draft, path);
  const claim = successorOf(folder, last.bytes);
  if (!tryLink(draft, claim)) return false;
  // Meanwhile another process may have won and moved its claim over the lock: then this one stands for nothing.
  const now = deadLocks(folder, id);
  const stands =
    now.length === dead.length && now.every(({ bytes }, index) => bytes.equals(dead[index]?.bytes ?? bytes));
  if (!stands) {
    rmSync(claim, { force: true });
    return false;
  }
  renameSync(claim, path);
  for (const { path: leftOver } of dead.slice(1)) rmSync(leftOver, { force: true });
  return true;
}

/** What processes have left that were killed before they had the lock; who still lives is about to take theirs. */
function removeLeftDrafts(folder: string, id: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(DRAFT) || name === `${DRAFT}${id}`) continue;
    const path = join(folder, name);
    const holder = readHolder(path);
    if (holder !== undefined && !isAlive(holder, path)) rmSync(path, { force: true });
  }
}

interface DeadLock {
  readonly path: string;
  readonly bytes: Buffer;
}

/**
 * The lock and its successors, as far as they are dead.
 *
 * @param but whose claim ends the chain as well
 */
function deadLocks(folder: string, but?: string): DeadLock[] {
  const dead: DeadLock[] = [];
  for (let path = join(folder, 'lock'); ; ) {
    const bytes = readOrNothing(path);
    if (bytes === undefined) return dead;
    const holder = parseHolder(bytes);
    if (holder !== undefined && (holder.id === but || isAlive(holder, path))) return dead;
    dead.push({ path, bytes });
    path = successorOf(folder, bytes);
  }
}

function successorOf(folder: string, lock: Buffer): string {
  return join(folder, `lock.after.${contentHash(lock).slice(0, 32)}`);
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

function refuseIfHeld(folder: string): void {
  const holder = lockHolder(folder);
  if (holder === undefined) return;
  throw new StoreError({
    code: 'DATA_FOLDER_IN_USE',
    message: `The data folder ${folder} is in use by process ${holder.pid} on ${holder.host} (art ${holder.command}, since ${holder.since}).`,
    hint: 'Wait for it to end or stop it, choose another folder with --data-dir, or use a PostgreSQL server (--database) to work with several processes.',
    data: { folder, ...holder },
  });
}

function readHolder(path: string): LockHolder | undefined {
  const bytes = readOrNothing(path);
  return bytes === undefined ? undefined : parseHolder(bytes);
}

function readOrNothing(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A lock that cannot be parsed was cut off by a crash while it was written: nobody holds it. */
function parseHolder(bytes: Buffer): LockHolder | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isHolder(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
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
  if (holder.host !== hostname() || (holder.pidSpace ?? pidSpace()) !== pidSpace()) {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat !== undefined && Date.now() - stat.mtimeMs < STALE_AFTER_MS;
  }
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
  const found = readProcess(holder.pid);
  if (found === undefined) return true;
  // A zombie has ended; only its parent has not asked how.
  if (found.state === 'Z' || found.state === 'X') return false;
  return (holder.processStart ?? null) === null || holder.processStart === found.start;
}

function pidSpace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch (error) {
    if (codeOf(error) !== undefined) return null;
    throw error;
  }
}

function processStart(pid: number): string | null {
  return readProcess(pid)?.start ?? null;
}

/** State and start time of a process, where /proc tells. */
function readProcess(pid: number): { readonly state: string; readonly start: string } | undefined {
  try {
    // The command's name, in brackets, may itself hold spaces; after it come fields 3 (state) to 22 (start).
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    return state === undefined || start === undefined ? undefined : { state, start };
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
