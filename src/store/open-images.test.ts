import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openImages } from './open-images.ts';

const hash = 'ab'.repeat(32);
const key = { hash, mediaType: 'image/png' };

it('keeps images in the data folder, unless told otherwise', () => {
  expect(openImages('/data', undefined).location).toBe(join('/data', 'images'));
  expect(openImages('/data', undefined).pathInReports(key)).toBe(join('images', 'ab', `${hash}.png`));
  expect(openImages('/data', '/data/images').pathInReports(key)).toBe(join('images', 'ab', `${hash}.png`));
  expect(openImages('/data', '/elsewhere').pathInReports(key)).toBe(join('/elsewhere', 'ab', `${hash}.png`));
});

it('keeps them in an object store by its URL', () => {
  expect(openImages('/data', 's3://bucket/prefix?region=x', {}).location).toBe('s3://bucket/prefix');
});

it.each(['', 'https://host/bucket', 'gs://bucket', 's3://', 'file:///tmp/x'])('refuses %j', (url) => {
  expect(() => openImages('/data', url, {})).toThrow(
    expect.objectContaining({ code: 'BAD_IMAGES_URL', exitCode: 2 }),
  );
});
