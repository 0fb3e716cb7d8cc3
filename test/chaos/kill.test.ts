import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findCampaign } from '../../src/store/campaigns.ts';
import { startArt } from '../support/art.ts';
import { putDataFolder, temporaryFolder } from '../support/folders.ts';
import { createRandom } from '../support/random.ts';
import {
  httpCampaign,
  LARGE,
  SMALL,
  sandboxCampaign,
  startModelServers,
  undisturbedHttp,
  undisturbedSandbox,
} from './campaigns.ts';
import { byForm, SEED } from './mode.ts';
import { afterPictures, afterRequests, type Moment } from './moments.ts';
import { look, readCampaign, readFiles } from './read-campaign.ts';
import { type Tally, tallyOf } from './tally.ts';

interface Campaign {
  readonly config: object;
  readonly random: () => number;
  /** How often processes are killed in all. Where one campaign ends before, another one begins. */
  readonly kills: number;
  /** A moment well within the work. */
  readonly atWork: (dataDir: string) => Moment;
}

/**
 * Kills campaigns until it has happened often enough, and resumes them each time. One kill in four comes while the
 * process starts, when locks, schema and queue are at stake; the others while it works.
 */
async function killAndResume(
  { config, random, kills, atWork }: Campaign,
  tally: Tally,
  compare: (dataDir: string) => Promise<void>,
) {
  for (let killed = 0; killed < kills; ) {
    const cwd = temporaryFolder({ 'art.yaml': config });
    const dataDir = join(cwd, 'data');
    // Every other campaign also makes its database under fire.
    if (killed % 2 === 0) await putDataFolder(dataDir);
    let planned = false;
    for (;;) {
      const args = [planned ? 'resume' : 'run', '--data-dir', dataDir, '--quiet', '--no-report'];
      const running = startArt(args, { cwd });
      onTestFinished(() => void running.child.kill('SIGKILL'));
      const moment: Moment = random() < 0.25 ? () => delay(random() * 2_500) : atWork(dataDir);
      const isDue =
        killed < kills &&
        (await Promise.race([running.ended.then(() => false), moment(running).then(() => true)]));
      if (isDue) running.child.kill('SIGKILL');
      const { signal, code, stderr } = await running.ended;
      if (signal !== 'SIGKILL') {
        expect(code, stderr).toBe(0);
        break;
      }
      killed++;
      tally.add({ faults: 1 });
      const left = await look({ dataDir }, async (store) => ({
        planned: (await findCampaign(store.database, 'latest')) !== undefined,
        files: await readFiles(store),
      }));
      // What was committed has its picture, and no file lies under a name that is not its own.
      expect(left.files).toMatchObject({ missing: [], wrong: [] });
      tally.add({ resumed: planned ? 1 : 0, orphansOnTheWay: left.files.orphans.length });
      planned = left.planned;
    }
    await compare(dataDir);
  }
}

describe(`a process that is killed (seed ${SEED})`, { timeout: byForm(300_000, 7_200_000) }, () => {
  const size = byForm(SMALL, LARGE);
  const inProcess = tallyOf('SIGKILL, models in the process');
  const overHttp = tallyOf('SIGKILL, models behind HTTP');

  it.each([
    [1, byForm(2, 30)],
    [32, byForm(5, 100)],
  ])('loses and doubles nothing at concurrency %i (%i kills)', async (concurrency, kills) => {
    const random = createRandom(SEED + concurrency);
    await killAndResume(
      {
        config: sandboxCampaign(size, { concurrency }),
        random,
        kills,
        atWork: (dataDir) =>
          afterPictures(dataDir, 1 + Math.floor(random() * byForm(40, 150)), random() * 40),
      },
      inProcess,
      async (dataDir) => {
        const record = await readCampaign({ dataDir });
        if (record === undefined) throw new Error('the campaign is gone');
        inProcess.expectSame(record, await undisturbedSandbox(size));
      },
    );
  });

  it('loses and doubles nothing where the models are behind HTTP', async () => {
    const servers = await startModelServers({ draw: { latencyMs: 5 } });
    onTestFinished(() => servers.close());
    const random = createRandom(SEED + 7);
    await killAndResume(
      {
        config: httpCampaign(size, { concurrency: 8 }, servers),
        random,
        kills: byForm(3, 70),
        atWork: () => afterRequests(servers, 1 + Math.floor(random() * byForm(50, 150)), random() * 20),
      },
      overHttp,
      async (dataDir) => {
        const record = await readCampaign({ dataDir });
        if (record === undefined) throw new Error('the campaign is gone');
        overHttp.expectSame(record, await undisturbedHttp(size));
      },
    );
  });
});
