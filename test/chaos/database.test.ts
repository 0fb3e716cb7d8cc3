import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../servers/tcp-proxy.ts';
import { type PostgresServer, postgresObstacle, startPostgres } from '../support/postgres.ts';
import { createRandom } from '../support/random.ts';
import type { WatchedArt } from '../support/run-art.ts';
import { httpCampaign, LARGE, type Size, startModelServers, undisturbedHttp } from './campaigns.ts';
import { drain, type Fleet, fleetOf, HEARTBEAT_SECONDS, through, whileAllWork } from './fleet.ts';
import { byForm, SEED } from './mode.ts';
import { afterPictures } from './moments.ts';
import { readCampaign } from './read-campaign.ts';
import { type Tally, tallyOf } from './tally.ts';

const obstacle = postgresObstacle();
const onServer = obstacle === undefined ? describe : describe.skip;
const where = obstacle === undefined ? '' : ` (skipped: ${obstacle})`;
/** 32 turns, 96 evaluation images. */
const SOME: Size = { conversations: 4, rounds: 3, imagesPerPrompt: 3 };
const size = byForm(SOME, LARGE);

let server: PostgresServer;
beforeAll(async () => {
  if (obstacle === undefined) server = await startPostgres({ durable: true });
}, 120_000);
afterAll(async () => {
  if (obstacle === undefined) await server.stop();
});

async function slowModels() {
  const servers = await startModelServers({ draw: { latencyMs: 150 }, chat: { latencyMs: 30 } });
  onTestFinished(() => servers.close());
  return httpCampaign(size, { concurrency: 4, timeoutSeconds: 30 }, servers);
}

async function proxyToDatabase(): Promise<TcpProxy> {
  const proxy = await startTcpProxy(server.port);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** Everybody was there all the time, and the campaign is whole. */
async function expectSurvival(
  fleet: Fleet,
  { following, workers }: { readonly following: WatchedArt; readonly workers: readonly WatchedArt[] },
  tally: Tally,
): Promise<void> {
  const { code, stderr } = await whileAllWork(workers, following.ended);
  expect(code, stderr).toBe(0);
  await drain(workers);
  const record = await readCampaign({ dataDir: fleet.dataDir, databaseUrl: fleet.databaseUrl });
  if (record === undefined) throw new Error('the campaign is gone');
  tally.expectSame(record, await undisturbedHttp(size));
}

/** Ends all connections of ART, as an administrator would. */
async function terminateConnections(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await client.end();
}

onServer(`a database (seed ${SEED})${where}`, { timeout: byForm(400_000, 7_200_000) }, () => {
  const stopping = tallyOf('PostgreSQL stopped (fast, immediate) and started again, connections cut');
  it('that stops, crashes and loses its connections is waited for', async () => {
    const random = createRandom(SEED);
    const config = await slowModels();
    const breaks = {
      connections: [
        ({ databaseUrl }: Fleet) => terminateConnections(databaseUrl),
        async (_: Fleet, proxy: TcpProxy) => proxy.cut(),
      ],
      server: (['immediate', 'fast'] as const).map((mode) => async () => {
        await server.halt(mode);
        await delay(random() * byForm(2_000, 10_000));
        await server.goOn();
      }),
    };
    const second = random() < 0.5;
    const oneOf = <T>(list: readonly T[]) => (second ? list.slice(1) : list.slice(0, 1));
    // Slots that were held when the connection broke are free after half a minute: the short form has one of each kind.
    const faults = byForm(
      [...oneOf(breaks.connections), ...oneOf(breaks.server)],
      [...breaks.connections, ...breaks.server],
    );
    for (let campaign = 0; campaign < byForm(1, 4); campaign++) {
      const fleet = await fleetOf(server, `stopped${campaign}`, config);
      const proxy = await proxyToDatabase();
      const url = through(fleet.databaseUrl, proxy.port);
      const workers = await Promise.all([fleet.worker(url), fleet.worker(url)]);
      const following = fleet.begin();
      await Promise.all(workers.map((worker) => worker.said('Takes up')));
      for (const fault of faults) {
        await whileAllWork(
          workers,
          afterPictures(fleet.dataDir, 2 + Math.floor(random() * byForm(10, 150)), random() * 300)(following),
        );
        await fault(fleet, proxy);
        stopping.add({ faults: 1 });
      }
      await expectSurvival(fleet, { following, workers }, stopping);
    }
  });

  const parting = tallyOf('Network partition between workers and database');
  it('that cannot be reached, nor says so, is waited for; others do the work meanwhile', async () => {
    const random = createRandom(SEED + 1);
    const config = await slowModels();
    for (let campaign = 0; campaign < byForm(1, 2); campaign++) {
      const fleet = await fleetOf(server, `parted${campaign}`, config);
      const proxy = await proxyToDatabase();
      const workers = await Promise.all([
        fleet.worker(through(fleet.databaseUrl, proxy.port)),
        fleet.worker(),
      ]);
      const following = fleet.begin();
      await Promise.all(workers.map((worker) => worker.said('Takes up')));
      await afterPictures(fleet.dataDir, 2 + Math.floor(random() * 20), 0)(following);
      proxy.stall();
      parting.add({ faults: 1 });
      // Longer than its jobs stay its own: others take them up, and it comes back to find them taken.
      await delay(byForm(HEARTBEAT_SECONDS + 4, 30) * 1_000);
      proxy.flow();
      await expectSurvival(fleet, { following, workers }, parting);
    }
  });
});
