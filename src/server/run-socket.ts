import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';
import { getRequestListener } from '@hono/node-server';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import { lockHolder } from '../store/folder-lock.ts';
import type { Store } from '../store/open-store.ts';
import { createApi } from './api.ts';
import { CampaignViews } from './campaign-views.ts';
import { Pictures } from './pictures.ts';
import { heldStore } from './store-access.ts';
import { addWishRoute } from './wish-route.ts';

/** A running campaign that can be looked at. */
export interface RunSocket {
  close(): Promise<void>;
}

const NO_SOCKET: RunSocket = { close: async () => undefined };

/** How long answers to wishes are waited for at the end. */
const LAST_ANSWERS_MS = 2_000;
/** How long they may take on their way. */
const LAST_BYTES_MS = 300;

/** Systems take some 104 bytes for the path of a socket. */
const LONGEST_PATH = 100;

/**
 * Lets `art view` in another terminal look at what this process works on: an embedded database takes one
 * process, so this one answers for it, on a socket in the data folder that only the same user can open. Never
 * fails: a campaign goes on without.
 *
 * @param store that this process holds; with a PostgreSQL server there is no need of a socket
 * @param running the campaign that it works on, if it draws
 * @param onProblem hears why it cannot be looked at, or what went wrong with an answer
 */
export async function serveOnSocket(
  store: Store,
  running: string | undefined,
  onProblem: (message: string) => void,
): Promise<RunSocket> {
  if (store.kind !== 'embedded') return NO_SOCKET;
  const access = heldStore(store, running);
  const api = createApi({
    views: new CampaignViews(access),
    pictures: new Pictures(access.images),
    now: () => new Date(),
    onProblem: (error) => onProblem(`An answer to art view failed: ${messageOf(error)}`),
  });
  const wishesAnswered = addWishRoute(api, store, running);
  const problems: string[] = [];
  for (const choose of [besideTheData, inATemporaryFolder]) {
    try {
      return await listen(choose(store.dataDir), api.fetch, wishesAnswered);
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  onProblem(`art view cannot look at this campaign while it runs: ${problems.join('; ')}`);
  return NO_SOCKET;
}

/** Where a socket is, and how it is left. */
interface Place {
  readonly path: string;
  remove(): void;
}

function besideTheData(dataDir: string): Place {
  const path = socketPath(dataDir);
  if (process.platform === 'win32') return elsewhere(dataDir, `\\\\.\\pipe\\art-view-${randomUUID()}`);
  if (Buffer.byteLength(path) > LONGEST_PATH) throw new Error(`the path ${path} is too long for a socket`);
  // Whoever holds the folder's lock is alone in it: what is left there has no process any more.
  rmSync(path, { force: true });
  rmSync(pointerPath(dataDir), { force: true });
  return { path, remove: () => rmSync(path, { force: true }) };
}

function inATemporaryFolder(dataDir: string): Place {
  // Made for this user alone.
  const folder = mkdtempSync(join(tmpdir(), 'art-view-'));
  const place = elsewhere(dataDir, join(folder, 'view.sock'));
  return {
    ...place,
    remove() {
      place.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A place that is written down in the data folder. */
function elsewhere(dataDir: string, path: string): Place {
  const pointer = pointerPath(dataDir);
  writeFileSync(`${pointer}.draft`, JSON.stringify({ pid: process.pid, path }), { mode: 0o600 });
  renameSync(`${pointer}.draft`, pointer);
  return { path, remove: () => rmSync(pointer, { force: true }) };
}

function socketPath(dataDir: string): string {
  return join(dataDir, 'view.sock');
}

function pointerPath(dataDir: string): string {
  return join(dataDir, 'view-socket.json');
}

async function listen(
  place: Place,
  answer: (request: Request) => Response | Promise<Response>,
  wishesAnswered: () => Promise<boolean>,
): Promise<RunSocket> {
  const server = createServer(
    { requestTimeout: 30_000 },
    // The models of the campaign use the global classes as they are.
    getRequestListener(answer, { overrideGlobalObjects: false }),
  );
  try {
    listenPrivately(server, place.path);
    await once(server, 'listening');
    if (process.platform !== 'win32') chmodSync(place.path, 0o600);
  } catch (error) {
    server.close();
    place.remove();
    throw error;
  }
  // A connection that breaks is the other side's matter, and nobody looking on keeps the process alive.
  server.on('error', () => undefined);
  server.unref();
  return {
    async close() {
      const closed = once(server, 'close');
      server.close();
      // Whoever has had this campaign paused hears that it is.
      const patience = delay(LAST_ANSWERS_MS, false, { ref: false });
      if (await Promise.race([wishesAnswered(), patience])) {
        server.closeIdleConnections();
        await Promise.race([closed, delay(LAST_BYTES_MS, undefined, { ref: false })]);
      }
      server.closeAllConnections();
      await closed;
      place.remove();
    },
  };
}

/** The socket comes into being with the rights of this moment, so that it is never open to others. */
function listenPrivately(server: ReturnType<typeof createServer>, path: string): void {
  if (!isMainThread) {
    server.listen(path);
    return;
  }
  const before = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(before);
  }
}

const pointerSchema = z.looseObject({ pid: z.number(), path: z.string() });

/**
 * The socket of the process that holds a data folder now, if another process on this machine does and lets
 * itself be looked at.
 */
export function findRunSocket(dataDir: string): string | undefined {
  const holder = statSync(join(dataDir, 'lock'), { throwIfNoEntry: false }) && lockHolder(dataDir);
  if (holder === undefined || holder.pid === process.pid || holder.host !== hostname()) return undefined;
  const own = socketPath(dataDir);
  if (statSync(own, { throwIfNoEntry: false })?.isSocket()) return own;
  const pointer = readPointer(pointerPath(dataDir));
  return pointer?.pid === holder.pid ? pointer.path : undefined;
}

function readPointer(path: string): z.output<typeof pointerSchema> | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return pointerSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    // Cut off by a crash while it was written.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
