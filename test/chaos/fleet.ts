import { join } from 'node:path';
import { expect } from 'vitest';
import type { Ended } from '../support/art.ts';
import { temporaryFolder } from '../support/folders.ts';
import type { PostgresServer } from '../support/postgres.ts';
import { type WatchedArt, watchArt } from '../support/run-art.ts';

/** Seconds without a sign of life after which a worker's jobs go to others: the least that it takes. */
export const HEARTBEAT_SECONDS = 10;

/** A campaign on a server, and workers that share one folder of images. */
export interface Fleet {
  readonly databaseUrl: string;
  readonly dataDir: string;
  /** Plans the campaign and watches it; ends with it, and does none of its work. */
  begin(): WatchedArt;
  /**
   * Starts a worker and waits until it is ready.
   *
   * @param url another address of the database, where the way there is to be broken
   * @param within a program that starts it, e.g. `ip netns exec …`
   */
  worker(url?: string, within?: readonly string[]): Promise<WatchedArt>;
}

/** Prepares an empty database and a folder for a campaign. */
export async function fleetOf(server: PostgresServer, name: string, config: object): Promise<Fleet> {
  const databaseUrl = await server.createDatabase(name);
  const cwd = temporaryFolder({ 'art.yaml': config });
  const dataDir = join(cwd, 'data');
  return {
    databaseUrl,
    dataDir,
    begin: () =>
      watchArt(
        ['run', '--no-work', '--no-report', '--quiet', '--database', databaseUrl, '--data-dir', dataDir],
        { cwd },
      ),
    async worker(url = databaseUrl, within = []) {
      const heartbeat = ['--heartbeat', String(HEARTBEAT_SECONDS)];
      const worker = watchArt(['worker', ...heartbeat, '--database', url, '--data-dir', dataDir], {
        cwd,
        within,
      });
      await worker.said('is ready');
      return worker;
    },
  };
}

/** The same database through a proxy. */
export function through(databaseUrl: string, port: number, host = '127.0.0.1'): string {
  const url = new URL(databaseUrl);
  url.hostname = host;
  url.port = String(port);
  return url.toString();
}

/** Waits for something, unless one of the workers ends meanwhile, which it must not. */
export async function whileAllWork<T>(workers: readonly WatchedArt[], waited: Promise<T>): Promise<T> {
  const dead = workers.map(async ({ ended }) => {
    const { code, signal, stderr } = await ended;
    throw new Error(`A worker has ended by itself (${signal ?? code}):\n${stderr}`);
  });
  for (const death of dead) death.catch(() => undefined);
  return await Promise.race([waited, ...dead]);
}

/** Asks workers to leave; every one of them has to be there still, and to leave in peace. */
export async function drain(workers: readonly WatchedArt[]): Promise<void> {
  for (const worker of workers) worker.signal('SIGTERM');
  const ended: Ended[] = await Promise.all(workers.map((worker) => worker.ended));
  for (const { code, stderr } of ended) {
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('Drained; nothing is lost.');
  }
}
