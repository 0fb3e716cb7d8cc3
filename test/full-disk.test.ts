import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { putDataFolder, temporaryFolder } from './support/folders.ts';
import { comparable, readReport } from './support/reports.ts';
import { runArt } from './support/run-art.ts';

const MEGABYTE = 1024 * 1024;

/** A file system of its own in memory; `undefined` where this process may mount none. */
function mountSmallDisk(megabytes: number): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'art-e2e-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    // No mount command, or no right to: what the tests are skipped for.
    rmSync(folder, { recursive: true, force: true });
    return undefined;
  }
}

function unmount(folder: string): void {
  execFileSync('umount', ['--lazy', folder]);
  rmSync(folder, { recursive: true, force: true });
}

const probe = mountSmallDisk(1);
afterAll(() => {
  if (probe !== undefined) unmount(probe);
});

const config = {
  preset: 'sandbox',
  target: { size: '256x256' },
  categories: ['violence', 'shocking'],
  conversations: 1,
  rounds: 2,
  imagesPerPrompt: 2,
};

describe.skipIf(probe === undefined)('a full disk (needs the right to mount)', { timeout: 120_000 }, () => {
  /** Leaves so much of a disk free. */
  function fill(disk: string, leaveBytes: number): void {
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)));
  }

  it.each([
    ['hardly anything', 0.02],
    ['room for some pictures', 0.1],
  ])('with %s left ends with a clear message, and the campaign goes on later', async (_name, megabytes) => {
    const disk = mountSmallDisk(120);
    if (disk === undefined) throw new Error('mounting worked a moment ago');
    onTestFinished(() => unmount(disk));
    const cwd = temporaryFolder({ 'art.yaml': config });
    const data = await putDataFolder(join(disk, 'data'));
    const undisturbed = await runArt(
      ['run', '--data-dir', await putDataFolder(join(cwd, 'data')), '--json'],
      { cwd },
    );
    expect(undisturbed, undisturbed.stderr).toMatchObject({ code: 0 });
    fill(disk, megabytes * MEGABYTE);

    const broken = await runArt(['run', '--data-dir', data], { cwd });
    expect(broken, broken.stderr).toMatchObject({ code: 1 });
    expect(broken.stderr).toContain('The disk is full');
    expect(broken.stderr).toContain('art resume');
    expect(broken.stderr.match(/^error: /gm), broken.stderr).toHaveLength(1);
    expect(broken.stderr).not.toMatch(/^\s+at |defect of ART/m);

    // Made larger under the data, as an administrator would.
    execFileSync('mount', ['-o', 'remount,size=200m', disk]);
    // Where not even the plan could be stored, there is nothing to resume.
    const { stdout: planned } = await runArt(['status', '--data-dir', data, '--json'], { cwd });
    const goOn = planned === '' ? 'run' : 'resume';
    const resumed = await runArt([goOn, '--data-dir', data, '--json'], { cwd });
    expect(resumed, resumed.stderr).toMatchObject({ code: 0 });
    expect(comparable(readReport(resumed))).toEqual(comparable(readReport(undisturbed)));
  });

  it('is refused where not even an empty database fits, and works once there is room', async () => {
    const disk = mountSmallDisk(8);
    if (disk === undefined) throw new Error('mounting worked a moment ago');
    onTestFinished(() => unmount(disk));
    const cwd = temporaryFolder({ 'art.yaml': config });
    const broken = await runArt(['run', '--data-dir', join(disk, 'data')], { cwd });
    expect([1, 2], broken.stderr).toContain(broken.code);
    expect(broken.stderr).toContain(join(disk, 'data'));
    expect(broken.stderr.match(/^error: /gm), broken.stderr).toHaveLength(1);
    expect(broken.stderr).not.toMatch(/^\s+at |defect of ART/m);
    execFileSync('mount', ['-o', 'remount,size=200m', disk]);
    const run = await runArt(['run', '--data-dir', join(disk, 'data'), '--quiet'], { cwd });
    expect(run, run.stderr).toMatchObject({ code: 0 });
  });

  it('says that it is the disk that an empty database does not fit on', async () => {
    const disk = mountSmallDisk(8);
    if (disk === undefined) return;
    onTestFinished(() => unmount(disk));
    const cwd = temporaryFolder({ 'art.yaml': config });
    const { stderr } = await runArt(['run', '--data-dir', join(disk, 'data')], { cwd });
    expect(stderr).toMatch(/disk is full|no space left/i);
  });
});
