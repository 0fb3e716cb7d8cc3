import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openTemporaryStore, type TemporaryStore } from '../store/store-fixtures.ts';
import { CampaignQueue, type JobDatabase, openJobDatabase } from './queue.ts';

let temporary: TemporaryStore;
let jobs: JobDatabase;
const fail = (error: unknown) => {
  throw error;
};
beforeAll(async () => {
  temporary = await openTemporaryStore();
  jobs = await openJobDatabase(temporary.store, fail);
});
afterAll(async () => {
  await jobs.close();
  await temporary.remove();
});

it('jobs of one category are taken where those of the next cannot be asked for, and those then', async () => {
  const queue = await CampaignQueue.open(jobs, 'server', {
    campaignId: 'c',
    categories: ['weather', 'travel'],
    onError: fail,
  });
  try {
    const work = [
      { id: 1, category: 'weather' },
      { id: 2, category: 'travel' },
    ];
    await queue.add(temporary.store.database, 'conversation', work);
    const fetch = jobs.boss.fetch.bind(jobs.boss);
    let asked = 0;
    vi.spyOn(jobs.boss, 'fetch').mockImplementation((name, options) =>
      ++asked === 2 ? Promise.reject(new Error('the connection is lost')) : fetch(name, options),
    );
    expect((await queue.take('conversation', 4)).map(({ data }) => data.id)).toEqual([1]);
    expect((await queue.take('conversation', 4)).map(({ data }) => data.id)).toEqual([2]);
    asked = 1;
    await expect(queue.take('conversation', 4)).rejects.toThrow('the connection is lost');
  } finally {
    vi.restoreAllMocks();
    queue.close();
  }
});

it('jobs that were asked for before the clock was set back are taken at once', async () => {
  const queue = await CampaignQueue.open(jobs, 'server', {
    campaignId: 'clock',
    categories: ['weather'],
    onError: fail,
  });
  try {
    const { database } = temporary.store;
    await queue.add(database, 'evaluation', [{ id: 7, category: 'weather' }]);
    await database.execute(sql`
      update art_queue.job set start_after = start_after + interval '1 day', created_on = created_on + interval '1 day'
      where name like 'evaluation/clock%'`);
    expect((await queue.take('evaluation', 4)).map(({ data }) => data.id)).toEqual([7]);
  } finally {
    queue.close();
  }
});
