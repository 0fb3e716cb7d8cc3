import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Ended } from '../support/art.ts';
import { putDataFolder, temporaryFolder } from '../support/folders.ts';
import { createRandom } from '../support/random.ts';
import { watchArt } from '../support/run-art.ts';
import { SMALL, sandboxCampaign, undisturbedSandbox } from './campaigns.ts';
import { byForm, SEED } from './mode.ts';
import { afterPictures } from './moments.ts';
import { readCampaign } from './read-campaign.ts';
import { tallyOf } from './tally.ts';

const config = sandboxCampaign(SMALL, { concurrency: 8 });
const times = (count: number) => Array.from({ length: count }, (_, time) => time);

/** Exactly one has worked; the others were told by whom the folder is used, and what to do. */
function expectOne(ended: readonly Ended[]): void {
  const refused = ended.filter(({ code }) => code !== 0);
  expect(refused, refused.map(({ stderr }) => stderr).join('\n')).toHaveLength(ended.length - 1);
  for (const { code, stderr } of refused) {
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(/is in use by process \d+ on .* \(art (run|resume), since /);
    expect(stderr).toContain('--data-dir');
    expect(stderr.match(/^error: /gm), stderr).toHaveLength(1);
  }
}

describe(`several processes on one embedded folder (seed ${SEED})`, { timeout: 300_000 }, () => {
  const tally = tallyOf('Several processes on one embedded folder');

  async function expectWhole(dataDir: string): Promise<void> {
    const record = await readCampaign({ dataDir });
    if (record === undefined) throw new Error('the campaign is gone');
    tally.expectSame(record, await undisturbedSandbox(SMALL));
  }

  it.each(times(byForm(1, 8)))(
    'at once: one makes it and works, the others are told (time %i)',
    async (time) => {
      const random = createRandom(SEED + time);
      const cwd = temporaryFolder({ 'art.yaml': config });
      const dataDir = join(cwd, 'data');
      // Every other time nobody has made the database yet.
      if (time % 2 === 1) await putDataFolder(dataDir);
      const started = await Promise.all(
        times(3).map(async (index) => {
          await delay(index === 0 ? 0 : random() * 200);
          return watchArt(['run', '--data-dir', dataDir, '--quiet', '--no-report'], { cwd });
        }),
      );
      const ended = await Promise.all(started.map((art) => art.ended));
      tally.add({ faults: ended.length - 1 });
      expectOne(ended);
      await expectWhole(dataDir);
    },
  );

  it.each(times(byForm(1, 8)))(
    'while the first is killed: one of the others goes on (time %i)',
    async (time) => {
      const random = createRandom(SEED + 1_000 + time);
      const cwd = temporaryFolder({ 'art.yaml': config });
      const dataDir = await putDataFolder(join(cwd, 'data'));
      const first = watchArt(['run', '--data-dir', dataDir, '--quiet', '--no-report'], { cwd });
      await afterPictures(dataDir, 3 + Math.floor(random() * 10), 0)(first);
      const resume = () => watchArt(['resume', '--data-dir', dataDir, '--quiet', '--no-report'], { cwd });
      // They come to the folder's lock before, while and after its holder dies.
      const waiting = [resume(), resume()];
      await delay(random() * 1_500);
      first.signal('SIGKILL');
      const { signal } = await first.ended;
      const ended = await Promise.all(waiting.map((art) => art.ended));
      tally.add({ faults: 1, resumed: 1 });
      if (ended.some(({ code }) => code === 0) || signal === null) expectOne(ended);
      else {
        for (const { stderr } of ended) expect(stderr).toContain('is in use by process');
        const last = await resume().ended;
        expect(last, last.stderr).toMatchObject({ code: 0 });
      }
      await expectWhole(dataDir);
    },
  );
});
