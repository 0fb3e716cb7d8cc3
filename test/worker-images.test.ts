import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startS3Server } from './servers/s3-server.ts';
import { temporaryFolder } from './support/folders.ts';
import { type PostgresServer, postgresObstacle, startPostgres } from './support/postgres.ts';
import { runArt, watchArt } from './support/run-art.ts';

const obstacle = postgresObstacle();
const where = obstacle === undefined ? '' : ` (skipped: ${obstacle})`;

let server: PostgresServer;
beforeAll(async () => {
  if (obstacle === undefined) server = await startPostgres();
});
afterAll(async () => {
  if (obstacle === undefined) await server.stop();
});

const CAMPAIGN = {
  preset: 'sandbox',
  name: 'shared',
  categories: ['violence'],
  conversations: 2,
  rounds: 5,
  imagesPerPrompt: 2,
  target: { provider: 'sandbox', size: '128x128' },
};

/** A database with a campaign that is planned, its pictures in an object store of its own. */
async function planned(name: string) {
  const s3 = await startS3Server();
  onTestFinished(() => s3.close());
  const cwd = temporaryFolder({ 'art.yaml': CAMPAIGN });
  const flags = ['--database', await server.createDatabase(name), '--data-dir', join(cwd, 'data')];
  const inBucket = [...flags, '--images', s3.imagesUrl()];
  const options = { cwd, env: s3.env };
  const planning = watchArt(['run', '--no-work', '--no-report', '--quiet', ...inBucket], options);
  return {
    s3,
    planning,
    art: (args: readonly string[]) => runArt([...args, ...inBucket], options),
    artElsewhere: (args: readonly string[]) => runArt([...args, ...flags], options),
    start: (args: readonly string[]) => watchArt([...args, ...inBucket], options),
  };
}

describe.skipIf(obstacle !== undefined)(`workers and the place of the images${where}`, () => {
  it('who has another place is refused before it touches anything, and the campaign is done where it belongs', async () => {
    const { planning, art, artElsewhere, start } = await planned('elsewhere');
    const right = start(['worker']);
    await right.said('Takes up');
    expect((await planning.ended).code).toBe(0);
    right.signal('SIGTERM');
    expect(await right.ended).toMatchObject({ code: 0 });
    for (const command of [
      ['worker', '--until-idle'],
      ['run', '--no-report'],
      ['gc'],
      ['purge', 'latest', '--yes'],
    ]) {
      const wrong = await artElsewhere(command);
      expect(wrong, wrong.stderr).toMatchObject({ code: 2 });
      expect(wrong.stderr).toMatch(
        /The pictures of this database are in s3:\/\/art.*, not in .*data\/images/s,
      );
      expect(wrong.stderr).toContain('--images or ART_IMAGES');
    }
    expect((await art(['status', '--json'])).stdout).toContain('"status":"done"');
    expect((await art(['gc', '--older-than', '0s'])).stdout).toContain('Removed 0 images');
  });

  it('an object store that is away is named and waited for; a worker drains meanwhile, and loses nothing', async () => {
    const { s3, planning, start } = await planned('away');
    const worker = start(['worker']);
    await worker.said('Takes up');
    await expect.poll(() => s3.objects.size, { timeout: 60_000 }).toBeGreaterThan(4);
    s3.setFaults(() => 'reset');
    const asked = s3.requests.length;
    await expect.poll(() => s3.requests.length, { timeout: 60_000 }).toBeGreaterThan(asked + 3);
    worker.signal('SIGTERM');
    const { code, stderr } = await worker.ended;
    expect(code, stderr).toBe(0);
    expect(stderr).not.toMatch(/database does not answer/);
    s3.setFaults(undefined);
    const next = start(['worker', '--until-idle']);
    expect(await next.ended).toMatchObject({ code: 0 });
    expect((await planning.ended).code).toBe(0);
  });

  it('where nothing is served that runs, a worker says so and does not call it a success', async () => {
    const { planning, start } = await planned('unserved');
    await expect
      .poll(async () => (await start(['status']).ended).stdout, { timeout: 60_000 })
      .toContain('shared');
    const { code, stderr } = await start(['worker', '--until-idle', '--categories', 'violense']).ended;
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/Still running, and not served by this worker: shared \(/);
    planning.signal('SIGINT');
    await planning.ended;
  });
});
