import { rmSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BIG_TABLES,
  fetchStatement,
  fillSlots,
  HOT_QUERIES,
  middleOf,
  type Place,
} from '../bench/support/hot-queries.ts';
import { createLargeCampaign } from '../bench/support/large-campaign.ts';
import { PlanReader } from '../bench/support/query-plan.ts';
import { campaignOfTurns } from '../bench/support/turns.ts';
import { openStore, type Store } from '../src/store/open-store.ts';
import { temporaryFolder } from '../src/store/store-fixtures.ts';
import { type PostgresServer, postgresObstacle, startPostgres } from './support/postgres.ts';

const obstacle = postgresObstacle();
const where = obstacle === undefined ? '' : ` (skipped: ${obstacle})`;

/** A database with a campaign of 5,000 turns and one of 500, which is asked about: indexes pay there, and only there. */
describe.skipIf(obstacle !== undefined)(`queries of the hot paths are served by indexes${where}`, () => {
  let server: PostgresServer;
  let store: Store;
  let reader: PlanReader;
  let place: Place;
  const folder = temporaryFolder();
  beforeAll(async () => {
    server = await startPostgres();
    const databaseUrl = await server.createDatabase('plans');
    store = await openStore({ dataDir: folder, databaseUrl, command: 'test' });
    await createLargeCampaign(store, campaignOfTurns(5_000));
    const small = await createLargeCampaign(store, { ...campaignOfTurns(500), seed: 4321 });
    await fillSlots(store.database);
    await store.database.execute(sql`vacuum analyze`);
    reader = await PlanReader.open(databaseUrl);
    place = await middleOf(store.database, small);
  }, 180_000);
  afterAll(async () => {
    await reader?.close();
    await store?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(HOT_QUERIES)('$name', async ({ run, indexes, mayScan = [] }) => {
    const statements = await reader.statementsOf((database) => run(database, place));
    const plans = [];
    for (const statement of statements) plans.push(await reader.explain(statement));
    const scanned = plans.flatMap((plan) => plan.scanned);
    expect(scanned.filter(({ table }) => BIG_TABLES.has(table) && !mayScan.includes(table))).toEqual([]);
    expect(plans.flatMap((plan) => plan.indexes)).toEqual(expect.arrayContaining([...indexes]));
  });

  it('what removes a campaign finds by index what refers to a turn, and the vectors of an image', async () => {
    const { turn } = place;
    const statements = await reader.statementsOf(async (database) => {
      await database.execute(sql`select 1 from art.requests where turn_id = ${turn.id}`);
      await database.execute(sql`select 1 from art.verdicts where turn_id = ${turn.id}`);
      await database.execute(sql`select 1 from art.labels where turn_id = ${turn.id}`);
    });
    const plans = [];
    for (const statement of statements) plans.push(await reader.explain(statement));
    expect(plans.flatMap((plan) => plan.indexes)).toEqual(
      expect.arrayContaining(['requests_turn', 'verdicts_subject']),
    );
    expect(plans.flatMap(({ scanned }) => scanned).filter(({ table }) => BIG_TABLES.has(table))).toEqual([]);
  });

  it('jobs are fetched from a long queue', async () => {
    const plan = await reader.explain(await fetchStatement(reader, store.database, 2_000));
    expect(plan.scanned).toEqual([]);
    expect(plan.pages).toBeLessThan(200);
  });
});
