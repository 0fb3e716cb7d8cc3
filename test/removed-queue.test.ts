import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CampaignQueue, openJobDatabase, unlessRemoved } from '../src/campaign/queue.ts';
import { openStore } from '../src/store/open-store.ts';
import { rowsOf } from '../src/store/rows.ts';
import { temporaryFolder } from './support/folders.ts';
import { type PostgresServer, postgresObstacle, startPostgres } from './support/postgres.ts';

const obstacle = postgresObstacle();

describe.skipIf(obstacle !== undefined)(
  `a queue on a server${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
  () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await startPostgres();
    }, 120_000);
    afterAll(() => server?.stop());

    it('may be removed by whoever finished the campaign while somebody else still offers work', async () => {
      const databaseUrl = await server.createDatabase('removed');
      const store = await openStore({ dataDir: temporaryFolder(), databaseUrl, command: 'test' });
      const problems: unknown[] = [];
      const onError = (error: unknown) => problems.push(error);
      const jobs = await openJobDatabase(store, onError);
      const queue = await CampaignQueue.open(jobs, 'server', {
        campaignId: 'c',
        categories: ['violence'],
        onError,
      });
      try {
        const offered = store.database.transaction(async (transaction) => {
          await queue.add(transaction, 'conversation', [{ id: 1, category: 'violence' }]);
          await queue.remove();
        });
        // The database finds out when it commits.
        await expect(offered).rejects.toThrow();
        expect(await unlessRemoved(offered, 'removed')).toBe('removed');
        expect(await queue.take('conversation', 1)).toEqual([]);
        // Where the campaign was resumed in the same moment, what is open can be offered all the same.
        const offer = () =>
          store.database.transaction((transaction) =>
            queue.add(transaction, 'conversation', [{ id: 2, category: 'violence' }]),
          );
        await queue.adding(offer);
        expect(await queue.take('conversation', 2)).toMatchObject([{ data: { id: 2 } }]);
        const other = Promise.reject(new Error('something else'));
        await expect(unlessRemoved(other, 'removed')).rejects.toThrow('something else');
        expect(problems).toEqual([]);
      } finally {
        queue.close();
        await jobs.close();
        await store.close();
      }
    });

    it('is counted and maintained by pg-boss every few seconds, whoever has it open', async () => {
      const databaseUrl = await server.createDatabase('maintained');
      const store = await openStore({ dataDir: temporaryFolder(), databaseUrl, command: 'test' });
      const problems: unknown[] = [];
      const onError = (error: unknown) => problems.push(error);
      const jobs = await openJobDatabase(store, onError);
      const queue = await CampaignQueue.open(jobs, 'server', {
        campaignId: 'c',
        categories: ['violence'],
        onError,
      });
      const passes = async () => {
        const rows = await store.database.execute(sql`
          select monitor_on is not null and maintain_on is not null as both from art_queue.queue
          where name like 'conversation/%'`);
        return rowsOf(rows).map(({ both }) => both);
      };
      try {
        await expect.poll(passes, { timeout: 60_000, interval: 500 }).toEqual([true]);
        expect(problems).toEqual([]);
      } finally {
        queue.close();
        await jobs.close();
        await store.close();
      }
    }, 90_000);

    it('hears of held jobs as often as whoever made it wants, also from a worker that may be silent for longer', async () => {
      const databaseUrl = await server.createDatabase('silent');
      const store = await openStore({ dataDir: temporaryFolder(), databaseUrl, command: 'test' });
      const onError = (error: unknown) => {
        throw error;
      };
      const jobs = await openJobDatabase(store, onError);
      const options = { campaignId: 'c', categories: ['violence'], onError };
      const hasty = await CampaignQueue.open(jobs, 'server', { ...options, heartbeatSeconds: 10 });
      const timers = vi.spyOn(globalThis, 'setInterval');
      const calm = await CampaignQueue.open(jobs, 'server', { ...options, heartbeatSeconds: 3_600 });
      try {
        expect(timers.mock.calls.map(([, milliseconds]) => milliseconds)).toContain(2_500);
      } finally {
        timers.mockRestore();
        hasty.close();
        calm.close();
        await jobs.close();
        await store.close();
      }
    });
  },
);
