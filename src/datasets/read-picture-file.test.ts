import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/support/folders.ts';
import { LARGEST_PICTURE_FILE, readPictureFile } from './read-picture-file.ts';

describe('readPictureFile', () => {
  it('reads a file', async () => {
    const file = join(temporaryFolder({ 'a.png': 'hello' }), 'a.png');
    expect(Buffer.from(await readPictureFile(file)).toString()).toBe('hello');
    await expect(readPictureFile(`${file}.none`)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses devices, folders and files that are too large, without reading them', async () => {
    const folder = temporaryFolder();
    const vast = join(folder, 'vast.png');
    writeFileSync(vast, '');
    truncateSync(vast, LARGEST_PICTURE_FILE + 1);
    for (const path of ['/dev/zero', folder, vast])
      await expect(readPictureFile(path)).rejects.toMatchObject({ code: 'PICTURE_FILE' });
  });
});
