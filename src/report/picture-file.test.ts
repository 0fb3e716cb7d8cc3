import { expect, it } from 'vitest';
import { FolderImageStore } from '../store/folder-image-store.ts';
import type { ImageRow } from '../store/schema.ts';
import { fileNaming, keptNote } from './picture-file.ts';

const image: ImageRow = {
  hash: 'ab'.repeat(32),
  mediaType: 'image/png',
  width: 16,
  height: 16,
  byteLength: 100,
  kept: 'full',
  keptHash: null,
  droppedAt: null,
};

it('names what is left of a picture, where it is left', () => {
  const fileOf = fileNaming();
  expect(fileOf(image)).toBe(`images/ab/${image.hash}.png`);
  expect(fileOf({ ...image, kept: 'blurred', keptHash: 'cd'.repeat(32) })).toBe(
    `images/cd/${'cd'.repeat(32)}.webp`,
  );
  expect(fileOf({ ...image, kept: 'none' })).toBeNull();
  expect(fileNaming(new FolderImageStore('/elsewhere'))(image)).toBe(`/elsewhere/ab/${image.hash}.png`);
});

it('notes only what is not whole', () => {
  expect([keptNote(image), keptNote(undefined)]).toEqual([{}, {}]);
  expect(keptNote({ ...image, kept: 'none' })).toEqual({ kept: 'none' });
});
