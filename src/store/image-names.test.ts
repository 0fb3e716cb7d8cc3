import { expect, it } from 'vitest';
import { imageName, imageOfName, isDraftName } from './image-names.ts';

const hash = 'ab'.repeat(32);

it.each(['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif', 'image/tiff'])(
  'names a %s so that the name tells hash and kind',
  (mediaType) => {
    expect(imageOfName(imageName({ hash, mediaType }))).toEqual({ hash, mediaType });
  },
);

it('keeps the name of a kind that it does not know', () => {
  const name = imageName({ hash, mediaType: 'image/bmp' });
  const key = imageOfName(name);
  expect(key).toEqual({ hash, mediaType: 'application/octet-stream' });
  expect(imageName({ hash, mediaType: key?.mediaType ?? '' })).toBe(name);
});

it.each([
  'notes.txt',
  `${hash}.png`,
  `cd/${hash}.png`,
  `ab/${hash}.png.draft`,
  `ab/${hash}.exe`,
  `ab/../ab/${hash}.png`,
  `ab/${hash.toUpperCase()}.png`,
])('takes %s for no image', (name) => {
  expect(imageOfName(name)).toBeUndefined();
});

it('knows drafts', () => {
  expect(isDraftName(`ab/${hash}.png.0b0f3a6e-0c0b-4a3a-9a38-0d3a0e1c5f11.draft`)).toBe(true);
  expect(isDraftName(`ab/${hash}.png`)).toBe(false);
  expect(isDraftName(`../ab/${hash}.png.0b0f3a6e-0c0b-4a3a-9a38-0d3a0e1c5f11.draft`)).toBe(false);
});
