import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeFolder } from './make-folder.ts';
import { temporaryFolder } from './store-fixtures.ts';

function somewhere(): string {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it('makes a folder and those above it, also where it is there', async () => {
  const folder = join(somewhere(), 'a', 'b');
  await makeFolder(folder);
  await makeFolder(folder);
  expect(existsSync(folder)).toBe(true);
});

it('says what is in the way', async () => {
  const file = join(somewhere(), 'file');
  writeFileSync(file, '');
  await expect(makeFolder(join(file, 'b'))).rejects.toThrow(/ENOTDIR/);
});

/** The same folder at another place, where nothing may be written; `undefined` where that takes rights that are not had. */
function readOnly(folder: string): string | undefined {
  const mirror = somewhere();
  try {
    execFileSync('mount', ['--bind', folder, mirror], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', mirror]));
  execFileSync('mount', ['-o', 'remount,bind,ro', mirror]);
  return mirror;
}

it('does not take what is forbidden for something that is missing', async ({ skip }) => {
  const mirror = readOnly(somewhere());
  if (mirror === undefined) return skip('needs the right to mount');
  await expect(makeFolder(join(mirror, 'a'))).rejects.toThrow(/^EROFS/);
});
