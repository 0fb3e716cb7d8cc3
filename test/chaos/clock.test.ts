import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { Store } from '../../src/store/open-store.ts';
import { rowsOf } from '../../src/store/rows.ts';
import type { Ended } from '../support/art.ts';
import { putDataFolder, temporaryFolder } from '../support/folders.ts';
import { createRandom } from '../support/random.ts';
import { watchArt } from '../support/run-art.ts';
import { httpCampaign, LARGE, SMALL, startModelServers, undisturbedHttp } from './campaigns.ts';
import { byForm, SEED } from './mode.ts';
import { afterPictures } from './moments.ts';
import { look, readCampaign } from './read-campaign.ts';
import { tallyOf } from './tally.ts';

/** Debian's package `faketime`: gives a process another time of day than the machine's, changed while it runs. */
const LIBRARY = findLibrary();
const where = LIBRARY === undefined ? ' (skipped: needs libfaketime, e.g. apt-get install faketime)' : '';
const size = byForm(SMALL, LARGE);

function findLibrary(): string | undefined {
  try {
    const found = readdirSync('/usr/lib').find((folder) => /-linux-gnu/.test(folder));
    const path = `/usr/lib/${found}/faketime/libfaketime.so.1`;
    readFileSync(path);
    return path;
  } catch {
    // What the tests are skipped for.
    return undefined;
  }
}

const progressEvent = z.looseObject({
  event: z.literal('progress'),
  startedAt: z.number(),
  etaSeconds: z.number().optional(),
  turns: z.looseObject({ done: z.number() }),
  evaluationImages: z.looseObject({ done: z.number() }),
});

/** The snapshots of the progress in what a process said. */
function snapshots({ stderr }: Ended): z.output<typeof progressEvent>[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('{"event":"progress"'))
    .map((line) => progressEvent.parse(JSON.parse(line)));
}

/** How much is done by `progress.json`, which `art status` reads. */
function shownDone(data: string): number {
  const { turns, evaluationImages } = progressEvent
    .omit({ event: true })
    .parse(JSON.parse(readFileSync(join(data, 'progress.json'), 'utf8')));
  return turns.done + evaluationImages.done;
}

/** Minutes between the oldest and the newest turn or evaluation image, by what is stored. */
async function storedMinutes({ database }: Store): Promise<number> {
  const [row] = rowsOf(
    await database.execute(sql`
      select extract(epoch from max(created_at) - min(created_at)) / 60 as minutes
      from (select created_at from art.turns union all select created_at from art.evaluation_images) stored`),
  );
  return Number(row?.minutes);
}

describe.skipIf(LIBRARY === undefined)(
  `a clock that jumps by an hour (seed ${SEED})${where}`,
  { timeout: byForm(300_000, 3_600_000) },
  () => {
    const tally = tallyOf('The clock jumps by an hour, either way');
    it.each(Array.from({ length: byForm(1, 3) }, (_, index) => index))(
      'makes nothing hang, expire or differ (campaign %i)',
      async (index) => {
        const random = createRandom(SEED + index);
        const servers = await startModelServers({
          chat: { latencyMs: 30 },
          // Now and then it wants to be left alone until a second from now, by its own clock.
          draw: {
            latencyMs: 30,
            faults: ({ index: request }) =>
              request % 40 === 7
                ? {
                    kind: 'status',
                    status: 429,
                    headers: { 'retry-after': new Date(Date.now() + 1_000).toUTCString() },
                    body: 'busy',
                  }
                : undefined,
          },
        });
        onTestFinished(() => servers.close());
        const cwd = temporaryFolder({
          'art.yaml': httpCampaign(size, { concurrency: 4, timeoutSeconds: 30 }, servers),
          'clock.txt': '+0',
        });
        const data = await putDataFolder(join(cwd, 'data'));
        const clock = join(cwd, 'clock.txt');
        const run = watchArt(['run', '--data-dir', data, '--json', '--no-report'], {
          cwd,
          env: {
            LD_PRELOAD: LIBRARY,
            FAKETIME_TIMESTAMP_FILE: clock,
            FAKETIME_NO_CACHE: '1',
            // Setting the clock of a machine leaves its monotonic clock alone.
            FAKETIME_DONT_FAKE_MONOTONIC: '1',
          },
        });
        let jumps = 0;
        for (const hours of byForm([1, -1, 0, 1], [1, 0, -1, 1, -1, 0, 24, 0, -24, 1])) {
          await afterPictures(data, 3 + Math.floor(random() * byForm(8, 80)), 0)(run);
          writeFileSync(clock, `${hours < 0 ? '-' : '+'}${Math.abs(hours) * 3_600}`);
          jumps++;
          if (hours !== -1) continue;
          // An hour back: what `art status` shows goes on all the same.
          const before = shownDone(data);
          const isOver = run.ended.then(() => true);
          while (shownDone(data) === before && !(await Promise.race([isOver, delay(50)]))) {
            // Until it has gone on, or the test takes too long.
          }
          expect(shownDone(data)).toBeGreaterThan(before);
        }
        const ended = await run.ended;
        expect(ended, ended.stderr).toMatchObject({ code: 0 });
        tally.add({ faults: jumps });

        const record = await readCampaign({ dataDir: data });
        if (record === undefined) throw new Error('the campaign is gone');
        tally.expectSame(record, await undisturbedHttp(size));
        // It did jump: what is stored has the odd times, and that harms nobody.
        expect(await look({ dataDir: data }, storedMinutes)).toBeGreaterThan(50);
        const shown = snapshots(ended);
        expect(shown.length).toBeGreaterThan(1);
        for (const { etaSeconds = 0 } of shown) {
          expect(etaSeconds).toBeGreaterThanOrEqual(0);
          // The hour counts for nothing.
          expect(etaSeconds).toBeLessThan(1_800);
        }
        expect(new Set(shown.map(({ startedAt }) => startedAt)).size).toBe(1);
        expect(servers.draw.requests.length).toBeGreaterThan(record.images.size);
      },
    );
  },
);
