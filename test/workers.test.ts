import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listCampaigns } from '../src/store/campaigns.ts';
import { openStore, type Store } from '../src/store/open-store.ts';
import { turns } from '../src/store/schema.ts';
import { listLiveWorkers } from '../src/store/workers.ts';
import { startOpenaiServer } from './servers/openai-server.ts';
import { temporaryFolder } from './support/folders.ts';
import { type PostgresServer, postgresObstacle, startPostgres } from './support/postgres.ts';
import { comparable, type Report, readReport } from './support/reports.ts';
import { runArt, type WatchedArt, watchArt } from './support/run-art.ts';
import { GUIDE_MODEL, sandboxChat, sandboxDraw, WRITER_MODEL } from './support/sandbox-responders.ts';
import { closing } from './support/servers.ts';

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

const SANDBOX = {
  preset: 'sandbox',
  name: 'many',
  categories: ['violence', 'shocking'],
  conversations: 3,
  rounds: 5,
  imagesPerPrompt: 2,
  target: { provider: 'sandbox', size: '128x128' },
};

/** A project with a configuration, and the commands that work on a database of its own. */
async function project(database: string, config: object) {
  const databaseUrl = await server.createDatabase(database);
  const cwd = temporaryFolder({ 'art.yaml': config });
  const flags = ['--database', databaseUrl, '--data-dir', join(cwd, 'data')];
  return {
    cwd,
    art: (args: readonly string[]) => runArt([...args, ...flags], { cwd }),
    start: (args: readonly string[]): WatchedArt => watchArt([...args, ...flags], { cwd }),
    report: async (): Promise<Report> =>
      readReport(await runArt(['report', '--format', 'json', ...flags], { cwd })),
    open: (): Promise<Store> => openStore({ dataDir: join(cwd, 'data'), databaseUrl, command: 'test' }),
  };
}

async function embeddedReport(config: object): Promise<Report> {
  const cwd = temporaryFolder({ 'art.yaml': config });
  const run = await runArt(['run', '--no-report', '--quiet'], { cwd });
  expect(run).toMatchObject({ code: 0 });
  return readReport(await runArt(['report', '--format', 'json'], { cwd }));
}

/** Models behind HTTP, with a look at how many requests they hold at once. */
async function watchedModels(waitMs: number) {
  const held = { now: 0, most: 0 };
  const began: number[] = [];
  const models = await closing(
    startOpenaiServer({
      chat: sandboxChat,
      image: async ({ prompt, width, height, seed = 0 }) => {
        began.push(performance.now());
        held.most = Math.max(held.most, ++held.now);
        const drawn = await sandboxDraw({ prompt, seed, width, height });
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        held.now--;
        return drawn;
      },
    }),
  );
  const at = (model: string, more: object = {}) => ({
    provider: 'openai-compatible',
    baseURL: `${models.url}/v1`,
    model,
    ...more,
  });
  return { held, began, at };
}

onServer(`art worker${where}`, () => {
  it('several do what art run --no-work has planned, and it gives the report of one process', async () => {
    const { art, start, report, open } = await project('several', SANDBOX);
    const workers = [start(['worker']), start(['worker', '--log', 'json', '--port', '0'])];
    await Promise.all([workers[0]?.said('is ready'), workers[1]?.said('is ready')]);
    const run = await art(['run', '--no-work', '--no-report', '--quiet']);
    expect(run, run.stderr).toMatchObject({ code: 0 });
    const status = await art(['status']);
    expect(status.stdout).toContain('2 workers are there');
    for (const worker of workers) worker.signal('SIGTERM');
    for (const worker of workers) {
      const { code, stderr } = await worker.ended;
      expect(code, stderr).toBe(0);
      expect(stderr).toContain('Drained; nothing is lost.');
    }
    expect(comparable(await report())).toEqual(comparable(await embeddedReport(SANDBOX)));
    const store = await open();
    expect(await listLiveWorkers(store.database)).toEqual([]);
    await store.close();
  }, 300_000);

  it('one that drains gives its work to the others, and takes none meanwhile', async () => {
    const config = { ...SANDBOX, rounds: 9, imagesPerPrompt: 2 };
    const { art, start, report } = await project('draining', config);
    const leaving = start(['worker', '--concurrency', '4']);
    await leaving.said('is ready');
    const running = start(['run', '--no-work', '--no-report', '--quiet']);
    await leaving.said('Takes up');
    const staying = start(['worker', '--until-idle']);
    await staying.said('Takes up');
    leaving.signal('SIGTERM');
    expect(await leaving.ended).toMatchObject({ code: 0 });
    expect(await running.ended).toMatchObject({ code: 0 });
    expect(await staying.ended).toMatchObject({ code: 0 });
    expect((await art(['status', '--json'])).stdout).toContain('"status":"done"');
    expect(comparable(await report())).toEqual(comparable(await embeddedReport(config)));
  }, 300_000);

  it('the last one that drains leaves the campaign to whichever worker comes next', async () => {
    const { art, start, report } = await project('last', SANDBOX);
    const leaving = start(['worker', '--concurrency', '2']);
    await leaving.said('is ready');
    const running = start(['run', '--no-work', '--no-report', '--quiet']);
    await leaving.said('Takes up');
    leaving.signal('SIGTERM');
    expect(await leaving.ended).toMatchObject({ code: 0 });
    expect((await art(['status'])).stdout).toContain('goes on with the first worker that comes: art worker');
    expect(await start(['worker', '--until-idle']).ended).toMatchObject({ code: 0 });
    expect(await running.ended).toMatchObject({ code: 0 });
    expect(comparable(await report())).toEqual(comparable(await embeddedReport(SANDBOX)));
  }, 300_000);

  it('the limits of an endpoint hold over all workers together', async () => {
    const { held, at } = await watchedModels(15);
    const { art, start } = await project('limits', {
      ...SANDBOX,
      target: at('a-target', { size: '64x64', concurrency: 3 }),
      writer: at(WRITER_MODEL, { concurrency: 8 }),
      guide: at(GUIDE_MODEL, { concurrency: 8 }),
    });
    const workers = Array.from({ length: 3 }, () => start(['worker']));
    await Promise.all(workers.map((worker) => worker.said('is ready')));
    const run = await art(['run', '--no-work', '--no-report', '--quiet']);
    expect(run, run.stderr).toMatchObject({ code: 0 });
    for (const worker of workers) worker.signal('SIGTERM');
    await Promise.all(workers.map(({ ended }) => ended));
    // All of what is allowed was used, and no more.
    expect(held.most).toBe(3);
  }, 300_000);

  it('so do requests a minute', async () => {
    const { began, at } = await watchedModels(0);
    const { art, start } = await project('pace', {
      ...SANDBOX,
      conversations: 2,
      rounds: 2,
      imagesPerPrompt: 1,
      target: at('a-target', { size: '64x64', concurrency: 4, requestsPerMinute: 600 }),
      writer: at(WRITER_MODEL),
      guide: at(GUIDE_MODEL),
    });
    const workers = [start(['worker']), start(['worker'])];
    await Promise.all(workers.map((worker) => worker.said('is ready')));
    expect(await art(['run', '--no-work', '--no-report', '--quiet'])).toMatchObject({ code: 0 });
    for (const worker of workers) worker.signal('SIGTERM');
    await Promise.all(workers.map(({ ended }) => ended));
    const times = began.toSorted((a, b) => a - b);
    expect(times).toHaveLength(24);
    // Booked 100 ms apart; on the way to the server each may be late by as much as the machine is busy.
    const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
    expect(span).toBeGreaterThan(23 * 100 * 0.75);
  }, 300_000);

  it('a worker may serve some categories or one kind of work alone', async () => {
    const { start, open, report } = await project('choosy', SANDBOX);
    const violence = start(['worker', '--categories', 'violence', '--jobs', 'conversation']);
    await violence.said('is ready');
    const running = start(['run', '--no-work', '--no-report', '--quiet']);
    await violence.said('Takes up');
    const store = await open();
    await vi.waitFor(
      async () => expect(await store.database.select({ id: turns.id }).from(turns)).toHaveLength(18),
      { timeout: 60_000 },
    );
    const before = await report();
    expect(before.promptToxicity.map(({ category, prompts }) => [category, prompts])).toContainEqual([
      'violence',
      18,
    ]);
    expect(before.imageToxicity.reduce((sum, { images }) => sum + images, 0)).toBe(0);
    await store.close();
    const rest = start(['worker', '--until-idle']);
    expect(await running.ended).toMatchObject({ code: 0 });
    expect(await rest.ended).toMatchObject({ code: 0 });
    violence.signal('SIGTERM');
    await violence.ended;
    expect(comparable(await report())).toEqual(comparable(await embeddedReport(SANDBOX)));
  }, 300_000);

  it('says what it needs', async () => {
    const cwd = temporaryFolder();
    const none = await runArt(['worker'], { cwd });
    expect(none).toMatchObject({ code: 2 });
    expect(none.stderr).toContain('--database');
    const logged = await runArt(['worker', '--log', 'json'], { cwd });
    expect(JSON.parse(logged.stderr)).toMatchObject({ level: 'fatal', code: 'NO_DATABASE' });
    const alone = await runArt(['run', '--no-work'], { cwd: temporaryFolder({ 'art.yaml': SANDBOX }) });
    expect(alone).toMatchObject({ code: 2 });
    expect(alone.stderr).toContain('--database');
  });
});

onServer(`a campaign on a server${where}`, () => {
  it('is paused wherever it is worked on, and goes on', async () => {
    const config = { ...SANDBOX, rounds: 12, imagesPerPrompt: 2 };
    const { art, start, report } = await project('paused', config);
    const worker = start(['worker', '--log', 'json']);
    await worker.said('is ready');
    const running = start(['run', '--no-report', '--quiet']);
    await worker.said('Takes up');
    // A heartbeat tells of it.
    await vi.waitFor(
      async () => expect((await art(['status'])).stdout).toContain('at work on many ('),
      30_000,
    );
    const paused = await art(['pause']);
    expect(paused, paused.stderr).toMatchObject({ code: 0 });
    expect(paused.stdout).toContain('Paused');
    const left = await running.ended;
    expect(left).toMatchObject({ code: 130 });
    expect(left.stderr.match(/paused with art pause/g)).toHaveLength(1);
    await worker.said('paused');
    expect((await report()).campaign.status).toBe('paused');
    // Nobody but who is asked goes on with it.
    expect(await art(['resume', '--no-work', '--no-report', '--quiet'])).toMatchObject({ code: 0 });
    const { campaign, ...tables } = await report();
    expect(comparable({ campaign, ...tables })).toEqual(comparable(await embeddedReport(config)));
    worker.signal('SIGTERM');
    const lines = (await worker.ended).stderr.trim().split('\n');
    const told = lines
      .map((line): unknown => JSON.parse(line))
      .filter((line) => /was paused/.test(JSON.stringify(line)));
    expect(told).toEqual([
      expect.objectContaining({ level: 'info', campaign: campaign.id, status: 'paused' }),
    ]);
  }, 300_000);

  it('is cancelled, and goes on only when it is named', async () => {
    const { art, start, open } = await project('cancelled', { ...SANDBOX, rounds: 30 });
    const running = start(['run', '--no-report', '--quiet']);
    const store = await open();
    await vi.waitFor(async () => expect(await listCampaigns(store.database)).toHaveLength(1), {
      timeout: 30_000,
    });
    expect((await art(['cancel'])).stdout).toContain('Cancelled');
    expect(await running.ended).toMatchObject({ code: 130 });
    const [campaign] = await listCampaigns(store.database);
    expect(campaign?.status).toBe('cancelled');
    await store.close();
    const refused = await art(['resume']);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain(`art resume ${campaign?.id}`);
    expect(await art(['cancel'])).toMatchObject({ code: 2 });
  }, 300_000);

  it('ends cleanly when its budget is spent, says so, and goes on with a larger one', async () => {
    const config = { ...SANDBOX, rounds: 20, budget: { requests: 60 } };
    const { art, report } = await project('budget', config);
    const spent = await art(['run', '--no-report', '--quiet']);
    expect(spent, spent.stderr).toMatchObject({ code: 0 });
    expect(spent.stderr.match(/Its budget of 60 requests is spent\./g)).toHaveLength(1);
    expect(spent.stderr).toMatch(/art resume \S+ --budget requests=120 /);
    expect((await art(['status'])).stdout).toMatch(/Go on with: art resume \S+ --budget requests=120 /);
    expect((await report()).campaign.status).toBe('out of budget');
    expect(await art(['resume', '--no-report', '--quiet'])).toMatchObject({ code: 0 });
    expect((await report()).campaign.status).toBe('out of budget');
    expect(await art(['resume', '--budget', 'requests=100000', '--no-report', '--quiet'])).toMatchObject({
      code: 0,
    });
    expect((await report()).campaign.status).toBe('done');
  }, 300_000);
});

describe('a campaign on an embedded database', () => {
  it('is paused through the process that works on it', async () => {
    const cwd = temporaryFolder({ 'art.yaml': { ...SANDBOX, rounds: 40 } });
    const running = watchArt(['run', '--no-report', '--json'], { cwd });
    await running.said('"phase":"exploring"');
    const paused = await runArt(['pause'], { cwd });
    expect(paused, paused.stderr).toMatchObject({ code: 0 });
    expect(paused.stdout).toMatch(/Paused; everything so far is stored\.\nGo on with: art resume /);
    expect(await running.ended).toMatchObject({ code: 130 });
    const status = await runArt(['status'], { cwd });
    expect(status.stdout).toContain('paused');
    expect(await runArt(['cancel'], { cwd })).toMatchObject({ code: 0 });
    expect((await runArt(['status', '--json'], { cwd })).stdout).toContain('"status":"cancelled"');
  }, 300_000);
});
