import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { rowsOf } from '../../src/store/rows.ts';
import { type RunningArt, startArt } from '../support/art.ts';
import { temporaryFolder } from '../support/folders.ts';
import { type PostgresServer, postgresObstacle, startPostgres } from '../support/postgres.ts';
import { createRandom } from '../support/random.ts';
import { runArt } from '../support/run-art.ts';
import { SMALL, undisturbedSandbox } from './campaigns.ts';
import {
  copyPictures,
  firstVersionFolder,
  type InterruptedRows,
  interruptedRows,
  storeAsFirstVersion,
} from './first-version.ts';
import { byForm, SEED } from './mode.ts';
import { look, type Place, readCampaign } from './read-campaign.ts';
import { type Tally, tallyOf } from './tally.ts';

const obstacle = postgresObstacle();
const where = obstacle === undefined ? '' : ` (skipped: ${obstacle})`;

/** An interrupted campaign of the first version, embedded: copied for each test. */
let first: { readonly folder: string; readonly rows: InterruptedRows; readonly pictures: string };
let server: PostgresServer;
beforeAll(async () => {
  const { dataDir } = await undisturbedSandbox(SMALL);
  const rows = await interruptedRows({ dataDir });
  const pictures = join(dataDir, 'images');
  first = { folder: await firstVersionFolder(rows, pictures), rows, pictures };
  const turns: unknown = JSON.parse(rows.turns);
  expect(turns).toHaveLength(8);
  if (obstacle === undefined) server = await startPostgres();
}, 240_000);
afterAll(async () => {
  rmSync(first.folder, { recursive: true, force: true });
  if (obstacle === undefined) await server.stop();
});

function copyOfFirst(): string {
  const folder = join(temporaryFolder(), 'data');
  cpSync(first.folder, folder, { recursive: true });
  return folder;
}

/** A PostgreSQL database as the first version left it, with the pictures in a folder. */
async function firstOnServer(
  name: string,
): Promise<{ readonly dataDir: string; readonly databaseUrl: string }> {
  const databaseUrl = await server.createDatabase(name);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await storeAsFirstVersion((text) => client.query(text), first.rows);
  await client.end();
  const dataDir = temporaryFolder();
  copyPictures(first.rows, first.pictures, dataDir);
  return { dataDir, databaseUrl };
}

/** Resolves when a process has taken the folder's lock, or has ended: then it opens the database. */
async function lockedBy(dataDir: string, { child, ended }: RunningArt): Promise<void> {
  const isOver = ended.then(() => true);
  const lock = join(dataDir, 'lock');
  const holder = () => (existsSync(lock) ? readFileSync(lock, 'utf8') : '');
  while (!holder().includes(`"pid":${child.pid},`)) {
    if (await Promise.race([isOver, delay(5)])) return;
  }
}

const flags = ({ dataDir, databaseUrl }: Place) => [
  '--data-dir',
  dataDir,
  ...(databaseUrl === undefined ? [] : ['--database', databaseUrl]),
];

async function expectToGoOn(place: Place, tally: Tally): Promise<void> {
  const resumed = await runArt(['resume', ...flags(place), '--quiet', '--no-report'], {
    cwd: temporaryFolder(),
  });
  expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
  const record = await readCampaign(place);
  if (record === undefined) throw new Error('the campaign is gone');
  tally.add({ resumed: 1 });
  tally.expectSame(record, await undisturbedSandbox(SMALL));
}

/** How many rows every table has, and what the migrations are: what must not change. */
const CONTENT = `
  select string_agg(t.schemaname || '.' || t.tablename || ' ' || (xpath('/row/count/text()',
    query_to_xml(format('select count(*) as count from %I.%I', t.schemaname, t.tablename), false, true, '')))[1]::text, ', '
    order by t.schemaname, t.tablename) || (select string_agg(status || coalesce(finished_at::text, ''), '') from art.campaigns) as content
  from pg_tables t where t.schemaname in ('art', 'art_queue')`;

describe(`versions (seed ${SEED})`, { timeout: byForm(300_000, 3_600_000) }, () => {
  const old = tallyOf('A campaign of the first schema, interrupted');
  it('a campaign of the first schema goes on, embedded', async () => {
    old.add({ faults: 1 });
    await expectToGoOn({ dataDir: copyOfFirst() }, old);
  });

  it.skipIf(obstacle !== undefined)(
    `a campaign of the first schema goes on, on a server${where}`,
    async () => {
      old.add({ faults: 1 });
      await expectToGoOn(await firstOnServer('first'), old);
    },
  );

  const migrating = tallyOf('SIGKILL while the schema is migrated');
  it(`a process that is killed while it migrates leaves a database that opens`, async () => {
    const random = createRandom(SEED);
    const dataDir = copyOfFirst();
    for (let kills = 0; kills < byForm(3, 20); kills++) {
      if (kills > 0 && kills % 4 === 0) {
        rmSync(dataDir, { recursive: true });
        cpSync(first.folder, dataDir, { recursive: true });
      }
      const art = startArt(['status', '--data-dir', dataDir], { cwd: temporaryFolder() });
      const opening = lockedBy(dataDir, art).then(() => delay(random() * 1_200));
      const ended = await Promise.race([art.ended, opening]);
      if (ended === undefined) migrating.add({ faults: 1 });
      art.child.kill('SIGKILL');
      await art.ended;
    }
    await expectToGoOn({ dataDir }, migrating);
  });

  it.skipIf(obstacle !== undefined)(
    `a process that is killed in the middle of a migration leaves a server's database as it was${where}`,
    async () => {
      const place = await firstOnServer('killed');
      const blocker = new pg.Client({ connectionString: place.databaseUrl });
      await blocker.connect();
      // Holds the migration up when it comes to this table, in the middle.
      await blocker.query('begin; lock table art.evaluation_images in access share mode');
      const art = startArt(['status', ...flags(place)], { cwd: temporaryFolder() });
      onTestFinished(() => void art.child.kill('SIGKILL'));
      await vi.waitFor(
        async () => {
          const { rows } = await blocker.query('select 1 from pg_locks where not granted');
          expect(rows.length).toBeGreaterThan(0);
        },
        { timeout: 60_000, interval: 100 },
      );
      art.child.kill('SIGKILL');
      await art.ended;
      migrating.add({ faults: 1 });
      await blocker.query('commit');
      await blocker.end();
      await expectToGoOn(place, migrating);
    },
  );

  const newer = tallyOf('An old version on a newer schema');
  const kinds = ['embedded', ...(obstacle === undefined ? ['server'] : [])] as const;
  it.each(kinds)('an old version writes nothing into a newer schema (%s)', async (kind) => {
    const place: Place = kind === 'embedded' ? { dataDir: copyOfFirst() } : await firstOnServer('newer');
    await look(place, ({ database }) =>
      database.execute(
        sql`insert into art.migrations (hash, created_at) values ('of the future', 99999999999999)`,
      ),
    );
    const before = await contentOf(place);
    const commands = kind === 'embedded' ? ['resume', 'status'] : ['resume', 'worker', 'status'];
    for (const command of commands) {
      const refused = await runArt([command, ...flags(place)], { cwd: temporaryFolder() });
      expect(refused, refused.stderr).toMatchObject({ code: 2 });
      expect(refused.stderr).toContain('was written by a newer version of ART');
      expect(refused.stderr).toContain('Update ART');
      expect(refused.stderr.match(/^error: /gm)).toHaveLength(1);
      newer.add({ cases: 1, faults: 1 });
    }
    expect(await contentOf(place)).toBe(before);
  });
});

/** What stands in a database, read without this version's code, which would refuse it. */
async function contentOf({ dataDir, databaseUrl }: Place): Promise<string> {
  if (databaseUrl === undefined) {
    const { PGlite } = await import('@electric-sql/pglite');
    // A copy, for opening it writes into its folder.
    const copy = mkdtempSync(join(tmpdir(), 'art-chaos-'));
    cpSync(join(dataDir, 'database'), join(copy, 'database'), { recursive: true });
    const client = await PGlite.create(join(copy, 'database'));
    const [row] = rowsOf(await client.query(CONTENT));
    await client.close();
    rmSync(copy, { recursive: true });
    return String(row?.content);
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const [row] = rowsOf(await client.query(CONTENT));
  await client.end();
  return String(row?.content);
}
