import { join } from 'node:path';
import { count, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  comparable,
  comparableReport,
  fakeModels,
  type OnCall,
  planFake,
  rejection,
} from '../src/campaign/campaign-fixtures.ts';
import { workOnCampaign } from '../src/campaign/work-on-campaign.ts';
import type { ConfigInput } from '../src/config/schema.ts';
import { redTeam } from '../src/red-team.ts';
import { findCampaign, listCampaigns } from '../src/store/campaigns.ts';
import { openStore, type Store } from '../src/store/open-store.ts';
import { evaluationImages, turns, verdicts } from '../src/store/schema.ts';
import { runArt, startArt } from './support/art.ts';
import { temporaryFolder } from './support/folders.ts';
import { type PostgresServer, postgresObstacle, startPostgres } from './support/postgres.ts';

const obstacle = postgresObstacle();
const onServer = obstacle === undefined ? describe : describe.skip;
const where = obstacle === undefined ? '' : ` (skipped: ${obstacle})`;

let server: PostgresServer;
beforeAll(async () => {
  if (obstacle === undefined) server = await startPostgres();
}, 120_000);
afterAll(async () => {
  if (obstacle === undefined) await server.stop();
});

const SMALL = {
  preset: 'sandbox',
  name: 'small',
  target: { provider: 'sandbox', size: '128x128' },
  categories: ['violence', 'shocking'],
  conversations: 1,
  rounds: 3,
  imagesPerPrompt: 3,
} satisfies ConfigInput;

/** Turns and images, and how many of them stand there twice. */
async function counted({ database }: Store, campaignId: string) {
  const [played] = await database
    .select({
      all: count(),
      places: sql<number>`count(distinct (${turns.conversationId}, ${turns.round}))::int`,
    })
    .from(turns)
    .where(eq(turns.campaignId, campaignId));
  const [drawn] = await database
    .select({
      all: count(),
      places: sql<number>`count(distinct (${evaluationImages.turnId}, ${evaluationImages.number}))::int`,
    })
    .from(evaluationImages)
    .where(eq(evaluationImages.campaignId, campaignId));
  const [said] = await database
    .select({ all: count() })
    .from(verdicts)
    .where(eq(verdicts.campaignId, campaignId));
  return { played, drawn, said: said?.all };
}

/** Two workers, each with connections of its own, on one new campaign. */
async function twoWorkers(name: string) {
  const databaseUrl = await server.createDatabase(name);
  const dataDir = temporaryFolder();
  // Both at once, so that both find an empty database.
  const [one, other] = await Promise.all(
    ['one', 'other'].map((command) => openStore({ dataDir, databaseUrl, command })),
  );
  if (one === undefined || other === undefined) throw new Error('a store is missing');
  onTestFinished(async () => {
    await Promise.all([one.close(), other.close()]);
  });
  return { one, other };
}

const never = new AbortController().signal;

onServer(`on a PostgreSQL server${where}`, () => {
  it('a campaign gives the same report as on the embedded database', async () => {
    const databaseUrl = await server.createDatabase('same');
    const onServer = await redTeam(SMALL, { dataDir: temporaryFolder(), databaseUrl });
    const embedded = await redTeam(SMALL, { dataDir: temporaryFolder() });
    expect(onServer.campaign.status).toBe('done');
    expect(comparable(onServer)).toEqual(comparable(embedded));
  });

  it('a newer schema is refused', async () => {
    const databaseUrl = await server.createDatabase('newer');
    const dataDir = temporaryFolder();
    const store = await openStore({ dataDir, databaseUrl, command: 'test' });
    await store.database.execute(
      sql`insert into art.migrations (hash, created_at) values ('of the future', 99999999999999)`,
    );
    await store.close();
    const refused = openStore({ dataDir, databaseUrl, command: 'test' });
    await expect(refused).rejects.toMatchObject({ code: 'DATABASE_NEWER', exitCode: 2 });
    await expect(refused).rejects.toThrow(/^((?!art:test).)*$/s);
  });

  it('a wrong password and an unknown database are told of as such', async () => {
    const databaseUrl = await server.createDatabase('known');
    const open = (url: string) =>
      openStore({ dataDir: temporaryFolder(), databaseUrl: url, command: 'test' });
    const wrong = open(databaseUrl.replace('art:test@', 'art:not-the-word@'));
    await expect(wrong).rejects.toMatchObject({ code: 'DATABASE_REFUSED', exitCode: 2 });
    await expect(wrong).rejects.toThrow(/refuses user art: (?!.*not-the-word)/);
    const unknown = open(databaseUrl.replace(/known$/, 'nope'));
    await expect(unknown).rejects.toMatchObject({ code: 'DATABASE_MISSING', exitCode: 2 });
    await expect(unknown).rejects.toThrow('has no database nope');
  });
});

onServer(`two workers on one campaign${where}`, () => {
  it('share the work, lose nothing and double nothing', async () => {
    const { one, other } = await twoWorkers('shared');
    const pressure = { provider: 'sandbox', concurrency: 1 };
    // More conversations than one worker takes, so that the other one finds some.
    const config = {
      conversations: 5,
      rounds: 3,
      imagesPerPrompt: 3,
      writer: pressure,
      guide: pressure,
      target: pressure,
    };
    const begun = { one: Promise.withResolvers<void>(), other: Promise.withResolvers<void>() };
    /** Neither goes on before both have begun. */
    const together =
      (name: 'one' | 'other'): OnCall =>
      async () => {
        begun[name].resolve();
        await Promise.all([begun.one.promise, begun.other.promise]);
      };
    const models = await fakeModels({ config, onCall: together('one') });
    const campaign = await planFake(one, models);
    const outcomes = await Promise.all([
      workOnCampaign(one, campaign, { ...models, stop: never }),
      fakeModels({ config, onCall: together('other') }).then((others) =>
        workOnCampaign(other, campaign, { ...others, stop: never }),
      ),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['done', 'done']);
    // Two categories of five conversations of four turns, with three more images each; two verdicts a turn.
    expect(await counted(one, campaign.id)).toEqual({
      played: { all: 40, places: 40 },
      drawn: { all: 120, places: 120 },
      said: 40 * 2 + 120,
    });
    expect((await findCampaign(other.database, campaign.id))?.status).toBe('done');
    const alone = await planFake(one, models);
    await workOnCampaign(one, alone, { ...models, stop: never });
    expect(await comparableReport(one, campaign.id)).toEqual(await comparableReport(one, alone.id));
  });

  it('go on when one of them is stopped', async () => {
    const { one, other } = await twoWorkers('stopped');
    const config = { conversations: 3, rounds: 3 };
    const stop = new AbortController();
    let calls = 0;
    const leaving = await fakeModels({
      config,
      onCall: async () => {
        if (++calls === 12) stop.abort();
        await new Promise((resolve) => setTimeout(resolve, 10));
      },
    });
    const campaign = await planFake(one, leaving);
    const [left, stayed] = await Promise.all([
      workOnCampaign(one, campaign, { ...leaving, stop: stop.signal }),
      fakeModels({ config }).then((staying) => workOnCampaign(other, campaign, { ...staying, stop: never })),
    ]);
    expect(['interrupted', 'done']).toContain(left.status);
    expect(stayed.status).toBe('done');
    expect(await counted(other, campaign.id)).toEqual({
      played: { all: 24, places: 24 },
      drawn: { all: 48, places: 48 },
      said: 24 * 2 + 48,
    });
    expect((await findCampaign(one.database, campaign.id))?.status).toBe('done');
  });

  it('end where one forgets the failures that the other has just recorded', async () => {
    const { one, other } = await twoWorkers('forgotten');
    const config = { categories: ['violence'], rounds: 1, imagesPerPrompt: 3 };
    const slow = Promise.withResolvers<void>();
    const hasFailed = Promise.withResolvers<void>();
    const planned = await fakeModels({ config });
    const campaign = await planFake(one, planned);
    /** Prompts that were drawn: the first time for the turn itself. */
    const drawn = new Set<string>();
    let failed = false;
    // The first evaluation image fails; the others of its turn wait until the second worker has begun.
    const first = await fakeModels({
      config,
      onCall: async ({ role, text }) => {
        if (role !== 'target') return;
        const isEvaluation = drawn.has(text);
        drawn.add(text);
        if (!isEvaluation) return;
        if (!failed) {
          failed = true;
          throw rejection('Not this one.');
        }
        hasFailed.resolve();
        await slow.promise;
      },
    });
    const working = workOnCampaign(one, campaign, { ...first, stop: never });
    await hasFailed.promise;
    await vi.waitFor(async () => {
      const [recorded] = await one.database
        .select({ count: count() })
        .from(evaluationImages)
        .where(eq(evaluationImages.outcome, 'failed'));
      expect(recorded?.count).toBe(1);
    });
    const second = await fakeModels({ config });
    const helping = workOnCampaign(other, campaign, { ...second, stop: never });
    await vi.waitFor(
      async () => {
        const [left] = await one.database
          .select({ count: count() })
          .from(evaluationImages)
          .where(eq(evaluationImages.outcome, 'failed'));
        expect(left?.count).toBe(0);
      },
      { timeout: 20_000 },
    );
    slow.resolve();
    const outcomes = await Promise.all([working, helping]);
    expect(outcomes.map(({ status }) => status)).toEqual(['done', 'done']);
    expect((await counted(one, campaign.id)).drawn).toEqual({ all: 6, places: 6 });
  });

  it('may be processes: art run here, art resume there', async () => {
    const databaseUrl = await server.createDatabase('processes');
    const cwd = temporaryFolder({ 'art.yaml': { ...SMALL, rounds: 6, imagesPerPrompt: 4 } });
    const flags = ['--database', databaseUrl, '--data-dir', join(cwd, 'data'), '--quiet'];
    const first = startArt(['run', ...flags], { cwd });
    const store = await openStore({ dataDir: join(cwd, 'data'), databaseUrl, command: 'test' });
    onTestFinished(() => store.close());
    await vi.waitFor(async () => expect(await listCampaigns(store.database)).toHaveLength(1), {
      timeout: 30_000,
    });
    const second = startArt(['resume', ...flags], { cwd });
    const ended = await Promise.all([first.ended, second.ended]);
    expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
    const [campaign] = await listCampaigns(store.database);
    expect(campaign?.status).toBe('done');
    const counts = await counted(store, campaign?.id ?? '');
    expect(counts.played).toEqual({ all: 14, places: 14 });
    expect(counts.drawn).toEqual({ all: 56, places: 56 });
    const report = await runArt(['report', '--format', 'json', ...flags], { cwd });
    const alone = await redTeam({ ...SMALL, rounds: 6, imagesPerPrompt: 4 }, { dataDir: temporaryFolder() });
    expect(comparable(JSON.parse(report.stdout))).toEqual(comparable(JSON.parse(JSON.stringify(alone))));
  });
});
