import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type PostgresServer, postgresObstacle, startPostgres } from '../support/postgres.ts';
import { createRandom } from '../support/random.ts';
import type { WatchedArt } from '../support/run-art.ts';
import { httpCampaign, LARGE, type Size, startModelServers, undisturbedHttp } from './campaigns.ts';
import { drain, type Fleet, fleetOf } from './fleet.ts';
import { byForm, SEED } from './mode.ts';
import { readCampaign } from './read-campaign.ts';
import { type Tally, tallyOf } from './tally.ts';

const obstacle = postgresObstacle();
const onServer = obstacle === undefined ? describe : describe.skip;
const where = obstacle === undefined ? '' : ` (skipped: ${obstacle})`;
/** 32 turns, 96 evaluation images. */
const SOME: Size = { conversations: 4, rounds: 3, imagesPerPrompt: 3 };
const size = byForm(SOME, LARGE);
const WORKERS = 4;

let server: PostgresServer;
beforeAll(async () => {
  if (obstacle === undefined) server = await startPostgres();
}, 120_000);
afterAll(async () => {
  if (obstacle === undefined) await server.stop();
});

async function expectWhole({ dataDir, databaseUrl }: Fleet, tally: Tally): Promise<void> {
  const record = await readCampaign({ dataDir, databaseUrl });
  if (record === undefined) throw new Error('the campaign is gone');
  tally.expectSame(record, await undisturbedHttp(size));
}

onServer(`workers that are killed (seed ${SEED})${where}`, { timeout: byForm(300_000, 7_200_000) }, () => {
  const tally = tallyOf(`SIGKILL of random workers (${WORKERS} on PostgreSQL)`);

  it('lose and double nothing; others go on with their work', async () => {
    const random = createRandom(SEED);
    // So slow that a campaign lasts longer than it takes to start a worker; it costs no processor time.
    const servers = await startModelServers({
      draw: { latencyMs: byForm(300, 400) },
      chat: { latencyMs: 50 },
    });
    onTestFinished(() => servers.close());
    const kills = byForm(4, 100);
    for (let killed = 0, campaign = 0; killed < kills; campaign++) {
      const config = httpCampaign(size, { concurrency: 4, timeoutSeconds: 30 }, servers);
      const fleet = await fleetOf(server, `killed${campaign}`, config);
      let workers: WatchedArt[] = await Promise.all(Array.from({ length: WORKERS }, () => fleet.worker()));
      const following = fleet.begin();
      await Promise.any(workers.map((worker) => worker.said('Takes up')));
      let isOver = false;
      void following.ended.then(() => {
        isOver = true;
      });
      while (killed < kills && !isOver) {
        await delay(200 + random() * 1_800);
        if (isOver) break;
        const victim = workers[Math.floor(random() * workers.length)];
        if (victim === undefined) throw new Error('there are no workers');
        victim.signal('SIGKILL');
        await victim.ended;
        killed++;
        tally.add({ faults: 1, resumed: 1 });
        workers = [...workers.filter((worker) => worker !== victim), await fleet.worker()];
      }
      const { code, stderr } = await following.ended;
      expect(code, stderr).toBe(0);
      await drain(workers);
      await expectWhole(fleet, tally);
    }
  });
});
