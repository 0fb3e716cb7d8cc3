import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Membership } from '../src/campaign/membership.ts';
import { openJobDatabase } from '../src/campaign/queue.ts';
import { serveCampaigns } from '../src/campaign/serve-campaigns.ts';
import { storing } from '../src/campaign/storing.ts';
import { openStore } from '../src/store/open-store.ts';
import { campaigns, conversations } from '../src/store/schema.ts';
import { storeCampaign } from '../src/store/store-fixtures.ts';
import { temporaryFolder } from './support/folders.ts';
import { type PostgresServer, postgresObstacle, startPostgres } from './support/postgres.ts';

const obstacle = postgresObstacle();

describe.skipIf(obstacle !== undefined)(
  `a worker${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
  () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await startPostgres();
    }, 120_000);
    afterAll(() => server?.stop());

    /** Serves what is there; to make a campaign ready fails, and it may be removed in the same moment. */
    async function serve(name: string, remove: boolean, said: string[] = []) {
      const databaseUrl = await server.createDatabase(name);
      const store = await openStore({ dataDir: temporaryFolder(), databaseUrl, command: 'test' });
      await using resources = new AsyncDisposableStack();
      resources.defer(() => store.close());
      await storeCampaign(store.database, 'c', 1, { wish: 'run' });
      const hear = (problem: unknown) => said.push(String(problem));
      const membership = await Membership.join(store, { command: 'worker', serves: {}, onProblem: hear });
      if (membership === undefined) throw new Error('There is no server.');
      resources.defer(() => membership.leave());
      const jobs = await openJobDatabase(store, hear);
      resources.defer(() => jobs.close());
      await serveCampaigns(store, {
        membership,
        jobs,
        storing,
        prepare: async ({ id }) => {
          if (remove) {
            await store.database.delete(conversations).where(eq(conversations.campaignId, id));
            await store.database.delete(campaigns).where(eq(campaigns.id, id));
          }
          throw new Error('it cannot be made ready');
        },
        campaignsAtOnce: 4,
        untilIdle: true,
        stop: new AbortController().signal,
        events: {
          takenUp: () => undefined,
          left: () => undefined,
          refused: () => undefined,
          warning: (_campaign, message) => said.push(message),
          broken: ({ id }) => said.push(`broken at ${id}`),
          problem: () => undefined,
        },
      });
      return said;
    }

    it('goes on with others when a campaign is removed under its hands', async () => {
      expect(await serve('removed', true)).toEqual(['It has been removed.']);
    });

    it('ends with what failed otherwise', async () => {
      const said: string[] = [];
      await expect(serve('failed', false, said)).rejects.toThrow('it cannot be made ready');
      expect(said).toEqual(['broken at c']);
    });
  },
);
