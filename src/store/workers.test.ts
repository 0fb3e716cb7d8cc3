import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTemporaryStore, type TemporaryStore } from './store-fixtures.ts';
import { beat, dismissWorker, listLiveWorkers, listWorkersOf, presentWorker } from './workers.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await openTemporaryStore();
});
afterAll(() => temporary.remove());

const worker = (id: string, serves: Record<string, readonly string[]> = {}) => ({
  id,
  command: 'worker',
  host: 'here',
  pid: 1,
  artVersion: '0',
  serves,
});

describe('workers', () => {
  it('are alive while they are heard of, and known by what they work on', async () => {
    const { database } = temporary.store;
    await presentWorker(database, worker('all'));
    await presentWorker(database, worker('one campaign', { campaigns: ['a'] }));
    await presentWorker(database, worker('gone'));
    await database.execute(sql`
      update art.workers set seen_at = clock_timestamp() - interval '1 minute' where id = 'gone'`);
    const ids = (await listLiveWorkers(database)).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['all', 'one campaign']));
    expect(ids).not.toContain('gone');
    await beat(database, 'all', { doing: { b: {} }, draining: false }, 30);
    expect((await listWorkersOf(database, 'b')).map(({ id }) => id)).toEqual(['all']);
    expect((await listWorkersOf(database, 'a')).map(({ id }) => id)).toEqual(['one campaign']);
  });

  it('say what they do, and hear that they were forgotten', async () => {
    const { database } = temporary.store;
    await presentWorker(database, worker('busy'));
    expect(await beat(database, 'busy', { doing: { campaign: { running: 3 } }, draining: true }, 30)).toBe(
      true,
    );
    const busy = (await listLiveWorkers(database)).find(({ id }) => id === 'busy');
    expect(busy).toMatchObject({ doing: { campaign: { running: 3 } }, draining: true });
    await dismissWorker(database, 'busy');
    expect(await beat(database, 'busy', { doing: {}, draining: false }, 30)).toBe(false);
  });
});
