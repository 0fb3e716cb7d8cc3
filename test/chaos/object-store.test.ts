import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findCampaign } from '../../src/store/campaigns.ts';
import { seededS3Faults } from '../servers/s3-faults.ts';
import { type RunningS3Server, startS3Server } from '../servers/s3-server.ts';
import { startArt } from '../support/art.ts';
import { putDataFolder, temporaryFolder } from '../support/folders.ts';
import { createRandom } from '../support/random.ts';
import { LARGE, SMALL, sandboxCampaign, undisturbedSandbox } from './campaigns.ts';
import { byForm, SEED } from './mode.ts';
import { look, readCampaign } from './read-campaign.ts';
import { tallyOf } from './tally.ts';

const size = byForm(SMALL, LARGE);

/** What is in the bucket, not what it says. */
function* inBucket({ objects }: RunningS3Server) {
  for (const [name, { bytes }] of objects) yield { name, bytes: () => bytes };
}

describe(`an object store (seed ${SEED})`, { timeout: byForm(300_000, 3_600_000) }, () => {
  const tally = tallyOf('Object store: 20 % failing, half uploads, stale listings; SIGKILL and gc between');

  it('that fails a fifth of all requests, loses uploads halfway and lists what was, loses no picture', async () => {
    const random = createRandom(SEED);
    const kills = byForm(1, 20);
    for (let killed = 0, campaign = 0; killed < kills; campaign++) {
      const faults = seededS3Faults({ seed: SEED + campaign, rate: 0.2 });
      const s3 = await startS3Server({
        pageSize: 20,
        staleBy: 25,
        faults: (request) => {
          const fault = faults(request);
          if (fault !== undefined) tally.add({ faults: 1 });
          return fault;
        },
      });
      onTestFinished(() => s3.close());
      const cwd = temporaryFolder({ 'art.yaml': sandboxCampaign(size, { concurrency: 8 }) });
      const dataDir = await putDataFolder(join(cwd, 'data'));
      const place = { dataDir, pictures: () => inBucket(s3) };
      const flags = ['--data-dir', dataDir, '--images', s3.imagesUrl('pictures')];
      const art = (...args: string[]) => startArt([...args, ...flags], { cwd, env: { ...s3.env } });
      for (let planned = false; ; ) {
        const running = art(planned ? 'resume' : 'run', '--quiet', '--no-report');
        onTestFinished(() => void running.child.kill('SIGKILL'));
        const wanted = s3.requests.length + 5 + Math.floor(random() * byForm(40, 200));
        const isOver = running.ended.then(() => true);
        while (killed < kills && s3.requests.length < wanted && !(await Promise.race([isOver, delay(15)]))) {
          // Until so many requests have come.
        }
        if (killed < kills && s3.requests.length >= wanted) running.child.kill('SIGKILL');
        const { code, signal, stderr } = await running.ended;
        if (signal !== 'SIGKILL') {
          expect(code, stderr).toBe(0);
          break;
        }
        killed++;
        tally.add({ faults: 1, resumed: 1 });
        planned = await look(
          place,
          async (store) => (await findCampaign(store.database, 'latest')) !== undefined,
        );
        // Pictures whose row was not committed go; those of rows stay, whatever the listing says.
        const gc = await art('gc', '--older-than', '0s', '--force').ended;
        expect(gc.code, gc.stderr).toBe(0);
      }
      const record = await readCampaign(place);
      if (record === undefined) throw new Error('the campaign is gone');
      tally.expectSame(record, await undisturbedSandbox(size));
    }
  });
});
