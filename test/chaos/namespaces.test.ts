import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startTcpProxy } from '../servers/tcp-proxy.ts';
import { type PostgresServer, postgresObstacle, startPostgres } from '../support/postgres.ts';
import { sandboxCampaign, undisturbedSandbox } from './campaigns.ts';
import { drain, fleetOf, through } from './fleet.ts';
import { byForm, SEED } from './mode.ts';
import { afterPictures } from './moments.ts';
import { addNamespace, namespaceObstacle } from './namespaces.ts';
import { readCampaign } from './read-campaign.ts';
import { tallyOf } from './tally.ts';

const obstacle = postgresObstacle() ?? namespaceObstacle();
const where = obstacle === undefined ? '' : ` (skipped: ${obstacle})`;
const size = { conversations: 4, rounds: 5, imagesPerPrompt: byForm(3, 10) };

let server: PostgresServer;
beforeAll(async () => {
  if (obstacle === undefined) server = await startPostgres();
}, 120_000);
afterAll(async () => {
  if (obstacle === undefined) await server.stop();
});

describe.skipIf(obstacle !== undefined)(
  `workers in two network namespaces (seed ${SEED})${where}`,
  { timeout: byForm(300_000, 3_600_000) },
  () => {
    const tally = tallyOf('Workers in two network namespaces, one cut off');
    it('complete a campaign while one of them is cut off, which comes back by itself', async () => {
      for (let campaign = 0; campaign < byForm(1, 2); campaign++) {
        const fleet = await fleetOf(server, `cut${campaign}`, sandboxCampaign(size, { concurrency: 2 }));
        const [stays, goes] = [addNamespace(2 * campaign + 1), addNamespace(2 * campaign + 2)];
        const startIn = async ({ name, host }: typeof stays) => {
          // PostgreSQL listens on the loopback, which no other namespace sees.
          const proxy = await startTcpProxy(server.port, host);
          onTestFinished(() => proxy.close());
          return fleet.worker(through(fleet.databaseUrl, proxy.port, host), ['ip', 'netns', 'exec', name]);
        };
        const workers = await Promise.all([startIn(stays), startIn(goes)]);
        const following = fleet.begin();
        await Promise.all(workers.map((worker) => worker.said('Takes up')));
        await afterPictures(fleet.dataDir, 5, 0)(following);
        goes.cutOff();
        tally.add({ faults: 1 });
        const { code, stderr } = await following.ended;
        expect(code, stderr).toBe(0);
        const record = await readCampaign(fleet);
        if (record === undefined) throw new Error('the campaign is gone');
        tally.expectSame(record, await undisturbedSandbox(size));
        goes.plugIn();
        // Long enough for the other one to learn that it is back in the world.
        await delay(1_000);
        await drain(workers);
      }
    });
  },
);
