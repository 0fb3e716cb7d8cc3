import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { createWeightStore } from '../src/judges/weights/weight-store.ts';
import { startHub } from './servers/hub-server.ts';
import { temporaryFolder } from './support/folders.ts';
import { closing } from './support/servers.ts';
import { fillDisk, mountSmallDisk, unmount } from './support/small-disk.ts';

const KILOBYTE = 1024;
const WEIGHTS = Buffer.alloc(600 * KILOBYTE).map((_, index) => (index * 31 + (index >> 8) * 7 + 1) % 251);
const SHA256 = createHash('sha256').update(WEIGHTS).digest('hex');
const FILE = 'onnx/model.onnx';

const probe = mountSmallDisk(1);
afterAll(() => {
  if (probe !== undefined) unmount(probe);
});

async function hubAndDisk(plain: boolean) {
  const repo = temporaryFolder();
  mkdirSync(join(repo, 'onnx'));
  writeFileSync(join(repo, FILE), WEIGHTS);
  const hub = await closing(startHub({ 'acme/tiny': repo }, { plain, unsized: plain }));
  const disk = mountSmallDisk(4);
  if (disk === undefined) throw new Error('mounting worked a moment ago');
  onTestFinished(() => unmount(disk));
  const store = () =>
    createWeightStore({
      env: { HOME: disk, HF_ENDPOINT: hub.url },
      fetch,
      configDir: disk,
      sleep: async () => undefined,
    });
  return { hub, disk, store };
}

describe.skipIf(probe === undefined)('a full disk (needs the right to mount)', () => {
  it.each([300 * KILOBYTE, 8 * KILOBYTE, 0])(
    'with %i bytes left is noticed before anything is fetched',
    async (left) => {
      const { hub, disk, store } = await hubAndDisk(false);
      fillDisk(disk, left);
      const fetched = async () => (await store().open({ model: 'acme/tiny' }, 'The judge')).file(FILE);
      await expect(fetched()).rejects.toMatchObject({
        code: 'DISK_FULL',
        message: expect.stringMatching(/disk is (?:too )?full/),
        hint: expect.stringContaining('HF_HUB_CACHE'),
      });
      rmSync(join(disk, 'ballast'));
      const file = await fetched();
      expect(file.sha256).toBe(SHA256);
      expect(readFileSync(file.path).equals(WEIGHTS)).toBe(true);
      expect(hub.downloads().at(-1)?.headers.range).toBeUndefined();
    },
  );

  it('is said in words where nobody knew how long the file is, and what has come is kept', async () => {
    const { hub, disk, store } = await hubAndDisk(true);
    const fetched = () => store().single(`${hub.url}/acme/tiny/resolve/main/${FILE}`, 'The judge', SHA256);
    fillDisk(disk, 300 * KILOBYTE);
    await expect(fetched()).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringContaining('The disk is full'),
      hint: expect.stringContaining('what has come so far is kept'),
    });
    rmSync(join(disk, 'ballast'));
    expect((await fetched()).sha256).toBe(SHA256);
    expect(hub.downloads().at(-1)?.headers.range).toMatch(/^bytes=[1-9]\d+-$/);
  });
});
