import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, SocketGoneError } from './forward.ts';
import { findRunSocket, serveOnSocket } from './run-socket.ts';
import { openSmallStore, type SmallStore } from './server-fixtures.ts';

let small: SmallStore;
beforeAll(async () => {
  small = await openSmallStore();
});
afterAll(() => small.remove());

const problems: string[] = [];
const noProblem = (problem: string) => problems.push(problem);
const get = (path: string, socket: string) =>
  forward(new Request(`http://localhost${path}`), undefined, socket);

describe('serveOnSocket', () => {
  it('answers on a socket of this user alone, in place of one that was left', async () => {
    const path = join(small.folder, 'view.sock');
    writeFileSync(path, 'left');
    const socket = await serveOnSocket(small.store, 'begun', noProblem);
    expect(statSync(path).isSocket()).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const answer = await get('/api/campaigns', path);
    expect(await answer.json()).toMatchObject([{ id: 'small' }, { id: 'begun', status: 'running' }]);
    expect((await get('/nothing', path)).status).toBe(404);
    // The process that holds the folder has no need of it.
    expect(findRunSocket(small.folder)).toBeUndefined();
    await socket.close();
    expect(existsSync(path)).toBe(false);
    await expect(get('/api/campaigns', path)).rejects.toBeInstanceOf(SocketGoneError);
    expect(problems).toEqual([]);
  });

  it('ends what is being watched when it closes', async () => {
    const socket = await serveOnSocket(small.store, undefined, noProblem);
    const events = await get('/api/campaigns/small/events', join(small.folder, 'view.sock'));
    const text = events.text();
    await socket.close();
    expect(await text).toBeTypeOf('string');
  });

  it('goes elsewhere and writes down where, when the path is too long for a socket', async () => {
    const dataDir = join(small.folder, 'a-rather-long-name-'.repeat(6));
    mkdirSync(dataDir);
    const socket = await serveOnSocket({ ...small.store, dataDir }, undefined, noProblem);
    const { pid, path } = JSON.parse(readFileSync(join(dataDir, 'view-socket.json'), 'utf8'));
    expect(pid).toBe(process.pid);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect((await get('/api/campaigns', path)).status).toBe(200);
    await socket.close();
    expect(existsSync(join(dataDir, 'view-socket.json'))).toBe(false);
    expect(existsSync(dirname(path))).toBe(false);
    expect(problems).toEqual([]);
  });

  it('says why it cannot, and fails nothing', async () => {
    const told: string[] = [];
    const gone = { ...small.store, dataDir: join(small.folder, 'gone') };
    const before = process.env.TMPDIR;
    process.env.TMPDIR = join(small.folder, 'gone', 'too');
    try {
      const socket = await serveOnSocket(gone, undefined, (problem) => told.push(problem));
      await socket.close();
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
    expect(told).toEqual([expect.stringMatching(/^art view cannot look at this campaign while it runs: /)]);
  });
});
