import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { exportCampaign } from '../src/archive/export-campaign.ts';
import { importCampaign } from '../src/archive/import-campaign.ts';
import { comparableReport, fakeModels, planFake } from '../src/campaign/campaign-fixtures.ts';
import { workOnCampaign } from '../src/campaign/work-on-campaign.ts';
import { buildReport } from '../src/report/build-report.ts';
import { writeRawData } from '../src/report/raw-data.ts';
import { findCampaign, listCampaigns } from '../src/store/campaigns.ts';
import { listMeasurements } from '../src/store/judge-measurements.ts';
import { openStore, type Store } from '../src/store/open-store.ts';
import { campaigns, images } from '../src/store/schema.ts';
import { StoreError } from '../src/store/store-error.ts';
import { openTemporaryStore, type TemporaryStore } from '../src/store/store-fixtures.ts';
import { startS3Server } from './servers/s3-server.ts';
import { filesBelow, putDataFolder, temporaryFolder } from './support/folders.ts';
import { storeFullCampaign } from './support/full-campaign.ts';
import { type PostgresServer, postgresObstacle, startPostgres } from './support/postgres.ts';

const obstacle = postgresObstacle();
const where = obstacle === undefined ? '' : ` (skipped: ${obstacle})`;
const never = new AbortController().signal;

let server: PostgresServer;
/** A store with the campaign `full`, and its archive; no test changes them. */
let made: TemporaryStore;
let archive: string;
beforeAll(async () => {
  if (obstacle === undefined) server = await startPostgres();
  made = await openTemporaryStore();
  await storeFullCampaign(made.store, { id: 'full' });
  archive = join(made.folder, 'full.zip');
  await exportCampaign(made.store, { id: 'full', name: 'name of full' }, archive);
}, 120_000);
afterAll(async () => {
  if (obstacle === undefined) await server.stop();
  await made.remove();
});

/** An empty embedded store of this test's own. */
async function embeddedStore(more: { imagesUrl?: string } = {}): Promise<Store> {
  const dataDir = await putDataFolder(join(temporaryFolder(), 'data'));
  return await closing(openStore({ dataDir, command: 'test', ...more }));
}

async function closing(opening: Promise<Store>): Promise<Store> {
  const store = await opening;
  onTestFinished(() => store.close());
  return store;
}

/** All that is told of a campaign: its report and its raw data. */
async function toldOf(store: Store, id: string): Promise<unknown> {
  const campaign = await findCampaign(store.database, id);
  if (campaign === undefined) throw new Error(`There is no campaign ${id}.`);
  const lines: string[] = [];
  for await (const line of writeRawData(store, [campaign])) lines.push(line);
  return { report: await buildReport(store, campaign), lines };
}

/** The files of a store's pictures with their bytes. */
function picturesOf({ dataDir }: Store): Map<string, string> {
  const folder = join(dataDir, 'images');
  const files = filesBelow(folder).sort();
  return new Map(files.map((file) => [file.slice(folder.length), readFileSync(file, 'base64')]));
}

async function exported(store: Store, id: string, options = {}): Promise<string> {
  const path = join(temporaryFolder(), 'campaign.zip');
  const campaign = await findCampaign(store.database, id);
  if (campaign === undefined) throw new Error(`There is no campaign ${id}.`);
  await exportCampaign(store, campaign, path, options);
  return path;
}

/** A campaign that fake models have run. */
async function runFake(store: Store): Promise<string> {
  const models = await fakeModels({ config: { rounds: 3 } });
  const campaign = await planFake(store, models);
  await workOnCampaign(store, campaign, { ...models, stop: never });
  return campaign.id;
}

describe.skipIf(obstacle !== undefined)(`from an embedded database to a server and back${where}`, () => {
  test.each(['one that was run', 'one that has everything'] as const)('%s stays the same', async (kind) => {
    const first = await embeddedStore();
    const id = kind === 'one that was run' ? await runFake(first) : 'full';
    if (id === 'full') await storeFullCampaign(first, { id });
    const databaseUrl = await server.createDatabase(kind.replaceAll(' ', '_'));
    const dataDir = join(temporaryFolder(), 'data');
    const second = await closing(openStore({ dataDir, databaseUrl, command: 'test' }));
    // Ids of rows that differ from those where it came from.
    await storeFullCampaign(second, { id: 'other' });
    const third = await embeddedStore();

    const there = await exported(first, id);
    const imported = await importCampaign(second, there);
    expect(imported).toMatchObject({ status: 'imported', id });
    const back = await exported(second, id);
    await importCampaign(third, back);

    const told = await toldOf(first, id);
    expect(await toldOf(second, id)).toEqual(told);
    expect(await toldOf(third, id)).toEqual(told);
    expect(picturesOf(third)).toEqual(picturesOf(first));
    expect(readFileSync(back).equals(readFileSync(there))).toBe(true);
    expect(readFileSync(await exported(third, id)).equals(readFileSync(there))).toBe(true);
    expect(await listMeasurements(third.database)).toEqual(
      (await listMeasurements(first.database)).map((row) => ({ ...row, id: expect.any(Number) })),
    );
  });

  test('one that is running goes on elsewhere as interrupted, at one moment', async () => {
    const databaseUrl = await server.createDatabase('running');
    const running = await closing(
      openStore({ dataDir: join(temporaryFolder(), 'data'), databaseUrl, command: 'test' }),
    );
    const config = { rounds: 4, conversations: 2 };
    const gate = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    let calls = 0;
    const models = await fakeModels({
      config,
      onCall: async () => {
        if (++calls < 30) return;
        held.resolve();
        await gate.promise;
      },
    });
    const campaign = await planFake(running, models);
    const working = workOnCampaign(running, campaign, { ...models, stop: never });
    await held.promise;
    const halfway = await exported(running, campaign.id);
    gate.resolve();
    await working;

    const elsewhere = await embeddedStore();
    const imported = await importCampaign(elsewhere, halfway);
    expect(imported.campaign.status).toBe('interrupted');
    const row = await findCampaign(elsewhere.database, campaign.id);
    expect(row).toMatchObject({ status: 'interrupted', wish: 'run', runningSince: null, configFile: null });
    if (row === undefined) throw new Error('it was not imported');
    const others = await fakeModels({ config });
    const outcome = await workOnCampaign(elsewhere, row, { ...others, stop: never });
    expect(outcome.status).toBe('done');
    expect(await comparableReport(elsewhere, campaign.id)).toEqual(
      await comparableReport(running, campaign.id),
    );
  });

  test('two imports of one archive at once: one of them finds it there', async () => {
    const databaseUrl = await server.createDatabase('at_once');
    const stores = await Promise.all(
      ['one', 'other'].map((command) =>
        closing(openStore({ dataDir: join(temporaryFolder(), 'data'), databaseUrl, command })),
      ),
    );
    const outcomes = await Promise.all(stores.map((store) => importCampaign(store, archive)));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['imported', 'present']);
  });
});

async function storeWith(id: string): Promise<Store> {
  const store = await embeddedStore();
  await storeFullCampaign(store, { id });
  return store;
}

describe('what an archive holds', () => {
  test('the same bytes each time; nobody else may read it; nothing is left beside it', async () => {
    const one = await exported(made.store, 'full');
    expect(readFileSync(one).equals(readFileSync(archive))).toBe(true);
    expect(statSync(one).mode & 0o077).toBe(0);
    expect(readdirSync(join(one, '..'))).toEqual(['campaign.zip']);
  });

  test('without pictures: what was said of them stays', async () => {
    const { store } = made;
    const path = await exported(store, 'full', { pictures: false });
    const elsewhere = await embeddedStore();
    const imported = await importCampaign(elsewhere, path);
    expect(imported).toMatchObject({
      picturesStored: 0,
      manifest: { pictures: { included: false, count: 0 } },
    });
    expect(picturesOf(elsewhere).size).toBe(0);
    const kept = await elsewhere.database.select({ kept: images.kept }).from(images);
    expect(new Set(kept.map((row) => row.kept))).toEqual(new Set(['none']));
    const { imageToxicity } = await buildReportOf(elsewhere, 'full');
    expect(imageToxicity).toEqual((await buildReportOf(store, 'full')).imageToxicity);
    // The whole one brings them after all.
    const whole = await importCampaign(elsewhere, archive);
    expect(whole).toMatchObject({ status: 'present', picturesStored: 3 });
    const rows = await elsewhere.database.select().from(images);
    for (const { kept, droppedAt } of rows) expect(droppedAt === null).toBe(kept === 'full');
    expect(await toldOf(elsewhere, 'full')).toEqual(await toldOf(store, 'full'));
    expect(picturesOf(elsewhere)).toEqual(picturesOf(store));
  });

  test('a picture that should be there and is not is told, and nothing is written', async () => {
    const store = await storeWith('full');
    const [image] = await store.database.select().from(images).where(eq(images.kept, 'full'));
    if (image === undefined) throw new Error('there is a picture');
    await store.images.delete(image);
    const folder = temporaryFolder();
    const exporting = exportCampaign(store, { id: 'full', name: 'full' }, join(folder, 'x.zip'));
    await expect(exporting).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      hint: expect.stringContaining('--no-pictures'),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('the database fails: a StoreError, no half of an archive', async () => {
    const store = await storeWith('full');
    await store.database.execute('alter table art.verdicts rename to elsewhere');
    const folder = temporaryFolder();
    const exporting = exportCampaign(store, { id: 'full', name: 'full' }, join(folder, 'x.zip'));
    await expect(exporting).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('does not exist'),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('stopped, or where nothing can be written: no half of it', async () => {
    const { store } = made;
    const folder = temporaryFolder({ 'x.zip': 'another' });
    const stop = AbortSignal.abort();
    const campaign = { id: 'full', name: 'full' };
    await expect(exportCampaign(store, campaign, join(folder, 'x.zip'), { signal: stop })).rejects.toThrow();
    await expect(exportCampaign(store, campaign, join(folder, 'no/x.zip'))).rejects.toMatchObject({
      code: 'CANNOT_WRITE',
    });
    expect(readdirSync(folder)).toEqual(['x.zip']);
    expect(readFileSync(join(folder, 'x.zip'), 'utf8')).toBe('another');
  });
});

async function buildReportOf(store: Store, id: string) {
  const campaign = await findCampaign(store.database, id);
  if (campaign === undefined) throw new Error(`There is no campaign ${id}.`);
  return await buildReport(store, campaign);
}

describe('a campaign that is there', () => {
  test('already: nothing is doubled, lost pictures come back', async () => {
    const store = await storeWith('full');
    const path = await exported(store, 'full');
    const told = await toldOf(store, 'full');
    expect(await importCampaign(store, path)).toMatchObject({ status: 'present', picturesStored: 0 });
    const before = picturesOf(store);
    const [lost, broken] = [...before.keys()].map((file) => join(store.dataDir, 'images', file));
    await Promise.all([writeFileSync(lost ?? '', 'x'), writeFileSync(broken ?? '', '')]);
    expect(await importCampaign(store, path)).toMatchObject({ status: 'present', picturesStored: 2 });
    expect(picturesOf(store)).toEqual(before);
    expect(await toldOf(store, 'full')).toEqual(told);
    expect(await listCampaigns(store.database)).toHaveLength(1);
  });

  test('with other content: an error that says how to keep both', async () => {
    const store = await storeWith('full');
    const path = await exported(store, 'full');
    await store.database.update(campaigns).set({ name: 'renamed' }).where(eq(campaigns.id, 'full'));
    const told = await toldOf(store, 'full');
    await expect(importCampaign(store, path)).rejects.toMatchObject({
      code: 'CAMPAIGN_DIFFERS',
      hint: expect.stringContaining('--as NEW-ID'),
      data: { table: 'campaigns' },
    });
    expect(await toldOf(store, 'full')).toEqual(told);
    expect(await importCampaign(store, path, { as: 'beside' })).toMatchObject({
      status: 'imported',
      id: 'beside',
    });
    expect(await importCampaign(store, path, { as: 'beside' })).toMatchObject({ status: 'present' });
    await expect(importCampaign(store, path, { as: '../x' })).rejects.toMatchObject({
      code: 'BAD_CAMPAIGN_ID',
    });
    const reports = await Promise.all(['full', 'beside'].map((id) => buildReportOf(store, id)));
    expect(reports[0]?.findings).toEqual(reports[1]?.findings);
  });
});

describe('an import that breaks off', () => {
  test.each([
    ['the first picture cannot be stored', 1],
    ['the last picture cannot be stored', 3],
  ])('%s: nothing is to be seen, and the next one is whole', async (_what, failing) => {
    const path = archive;
    const store = await embeddedStore();
    let puts = 0;
    const broken: Store = {
      ...store,
      images: Object.assign(Object.create(store.images), {
        put: async (...given: Parameters<Store['images']['put']>) => {
          if (++puts === failing) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
          await store.images.put(...given);
        },
      }),
    };
    await expect(importCampaign(broken, path)).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(await listCampaigns(store.database)).toEqual([]);
    expect(await store.database.select().from(images)).toEqual([]);
    expect(await importCampaign(store, path)).toMatchObject({ status: 'imported' });
  });

  test('it is stopped before the rows are committed', async () => {
    const path = archive;
    const store = await embeddedStore();
    const stop = new AbortController();
    const importing = importCampaign(store, path, {
      signal: stop.signal,
      onPicture: (step, done, total) => {
        if (step === 'store' && done === total) stop.abort();
      },
    });
    await expect(importing).rejects.toMatchObject({ name: 'AbortError' });
    expect(await listCampaigns(store.database)).toEqual([]);
  });

  test('the database fails: a StoreError, and nothing is to be seen', async () => {
    const path = archive;
    const store = await embeddedStore();
    for (const statement of [
      "create function art.refuse() returns trigger language plpgsql as $$ begin raise 'no labels today'; end $$",
      'create trigger refuse before insert on art.labels for each row execute function art.refuse()',
    ])
      await store.database.execute(statement);
    const failing = importCampaign(store, path);
    await expect(failing).rejects.toBeInstanceOf(StoreError);
    await expect(failing).rejects.toThrow('no labels today');
    expect(await listCampaigns(store.database)).toEqual([]);
    expect(await store.database.select().from(images)).toEqual([]);
  });
});

test('pictures in an object store: exported from there, imported to there', async () => {
  const s3 = await startS3Server();
  onTestFinished(() => s3.close());
  const before = { ...process.env };
  Object.assign(process.env, s3.env);
  onTestFinished(() => {
    process.env = before;
  });
  const remote = await embeddedStore({ imagesUrl: s3.imagesUrl('there') });
  await importCampaign(remote, archive);
  expect([...s3.objects.keys()].filter((key) => !key.endsWith('.json'))).toHaveLength(3);
  const back = await exported(remote, 'full');
  expect(readFileSync(back).equals(readFileSync(archive))).toBe(true);
});
