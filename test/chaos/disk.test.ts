import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Ended } from '../support/art.ts';
import { putDataFolder, temporaryFolder } from '../support/folders.ts';
import { createRandom } from '../support/random.ts';
import { runArt, watchArt } from '../support/run-art.ts';
import { fillDisk, mountSmallDisk, unmount } from '../support/small-disk.ts';
import { SMALL, sandboxCampaign, undisturbedSandbox } from './campaigns.ts';
import { byForm, IS_LONG, SEED } from './mode.ts';
import { afterPictures } from './moments.ts';
import { readCampaign } from './read-campaign.ts';
import { type Tally, tallyOf } from './tally.ts';

const probe = mountSmallDisk(1);
afterAll(() => {
  if (probe !== undefined) unmount(probe);
});
const where = probe === undefined ? ' (skipped: needs the right to mount)' : '';

const config = sandboxCampaign(SMALL, { concurrency: 8 });
/** What of the data folder lies on the disk that fails. */
type Part = 'data folder' | 'images' | 'database';

interface Scene {
  readonly cwd: string;
  /** The data folder. */
  readonly data: string;
  readonly disk: string;
}

/** A data folder of which a part lies on a small disk of its own. */
async function partOnDisk(part: Part): Promise<Scene> {
  const disk = mountSmallDisk(150);
  if (disk === undefined) throw new Error('mounting worked a moment ago');
  onTestFinished(() => unmount(disk));
  const cwd = temporaryFolder({ 'art.yaml': config });
  if (part === 'data folder') return { cwd, disk, data: await putDataFolder(join(disk, 'data')) };
  const data = await putDataFolder(join(cwd, 'data'));
  if (part === 'images') mkdirSync(join(disk, 'images'));
  else {
    await putDataFolder(join(disk, 'whole'));
    await rename(join(disk, 'whole', 'database'), join(disk, 'database'));
    execFileSync('rm', ['-r', join(data, 'database'), join(disk, 'whole')]);
  }
  symlinkSync(join(disk, part), join(data, part));
  return { cwd, disk, data };
}

/** The same folder at another place, where nothing can be written. */
function readOnlyMirror(folder: string): string {
  const mirror = temporaryFolder();
  execFileSync('mount', ['--bind', folder, mirror]);
  onTestFinished(() => void execFileSync('umount', ['--lazy', mirror]));
  execFileSync('mount', ['-o', 'remount,bind,ro', mirror]);
  return mirror;
}

/** It ends with one clear message that says what to do. */
function expectClearEnd({ code, stderr }: Ended, codes: readonly number[], words: RegExp): void {
  expect(codes, stderr).toContain(code);
  expect(stderr).toMatch(words);
  expect(stderr.match(/^error: /gm), stderr).toHaveLength(1);
  expect(stderr).not.toMatch(/^\s+at |defect of ART/m);
}

/** With room or rights again, it goes on and ends like an undisturbed one. */
async function expectToGoOn({ cwd, data }: Scene, tally: Tally): Promise<void> {
  const { stdout: planned } = await runArt(['status', '--data-dir', data, '--json'], { cwd });
  // Where not even the plan could be stored, there is nothing to resume.
  const goOn = planned === '' ? 'run' : 'resume';
  const resumed = await runArt([goOn, '--data-dir', data, '--quiet', '--no-report'], { cwd });
  expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
  const record = await readCampaign({ dataDir: data });
  if (record === undefined) throw new Error('the campaign is gone');
  tally.add({ resumed: goOn === 'resume' ? 1 : 0 });
  tally.expectSame(record, await undisturbedSandbox(SMALL));
}

describe.skipIf(probe === undefined)(`a disk (seed ${SEED})${where}`, { timeout: 300_000 }, () => {
  const times = Array.from({ length: byForm(1, 4) }, (_, time) => time);
  const full = tallyOf('Disk full, then room again');
  const cases = (['data folder', 'images', 'database'] as const).flatMap((part) =>
    times.map((time) => ({ part, time })),
  );
  it.each(cases)(
    'that is full ($part, time $time) ends the run clearly, and nothing is lost',
    async ({ part, time }) => {
      const scene = await partOnDisk(part);
      // Less than all pictures take, and less than the log of the database takes.
      const most = part === 'images' ? 700_000 : 250_000;
      fillDisk(scene.disk, 10_000 + Math.floor(createRandom(SEED + time)() * most));
      const broken = await runArt(['run', '--data-dir', scene.data, '--no-report'], { cwd: scene.cwd });
      full.add({ faults: 1 });
      expectClearEnd(broken, [1], /The disk is full/);
      expect(broken.stderr).toContain('art resume');
      // Made larger under the data, as an administrator would.
      execFileSync('mount', ['-o', 'remount,size=250m', scene.disk]);
      await expectToGoOn(scene, full);
    },
  );

  const readOnly = tallyOf('Disk read-only, then writable again');
  const parts = (['data folder', 'images'] as const).flatMap((part) => times.map((time) => ({ part, time })));
  it.each(parts)(
    'that becomes read-only ($part, time $time) ends the run clearly, and nothing is lost',
    async ({ part, time }) => {
      const scene = await partOnDisk(part);
      const path = part === 'images' ? join(scene.disk, 'images') : scene.data;
      const mirror = readOnlyMirror(path);
      const random = createRandom(SEED + 100 + time);
      const run = watchArt(['run', '--data-dir', scene.data, '--no-report'], { cwd: scene.cwd });
      await afterPictures(scene.data, 1 + Math.floor(random() * 30), 0)(run);
      // Laid over the folder: what is open stays writable, as on a disk that is remounted by force.
      execFileSync('mount', ['--bind', mirror, path]);
      readOnly.add({ faults: 1 });
      const broken = await run.ended;
      const again = await runArt(['resume', '--data-dir', scene.data, '--no-report'], { cwd: scene.cwd });
      execFileSync('umount', [path]);
      expectClearEnd(broken, [1], /read-only|EROFS/i);
      expectClearEnd(again, part === 'images' ? [1] : [2], /read-only|EROFS/i);
      await expectToGoOn(scene, readOnly);
    },
  );

  it.skipIf(IS_LONG)(
    'on which not even an empty database fits is named, and all works once there is room',
    async () => {
      const disk = mountSmallDisk(8);
      if (disk === undefined) throw new Error('mounting worked a moment ago');
      onTestFinished(() => unmount(disk));
      const scene = { cwd: temporaryFolder({ 'art.yaml': config }), data: join(disk, 'data'), disk };
      const broken = await runArt(['run', '--data-dir', scene.data], { cwd: scene.cwd });
      expectClearEnd(broken, [1, 2], /disk is full|no space left/i);
      expect(broken.stderr).toContain(scene.data);
      execFileSync('mount', ['-o', 'remount,size=250m', disk]);
      await expectToGoOn(scene, full);
    },
  );
});
