import { join, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { FolderImageStore } from './folder-image-store.ts';
import type { ImageStore } from './image-store.ts';
import { S3ImageStore } from './s3-image-store.ts';
import { parseS3Url } from './s3-location.ts';
import { connectS3, findS3Sdk } from './s3-objects.ts';

/**
 * The images of a data folder, wherever they are. Nothing is asked of an object store before it is used.
 *
 * @param imagesUrl a folder, or `s3://bucket/prefix?…`; default: `images` in the data folder
 * @param env the environment
 * @throws {@link UsageError} `BAD_IMAGES_URL`, `MISSING_PACKAGE`
 */
export function openImages(
  dataDir: string,
  imagesUrl: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ImageStore {
  if (imagesUrl === undefined) return new FolderImageStore(join(resolve(dataDir), 'images'), 'images');
  if (/^s3:/i.test(imagesUrl)) {
    const location = parseS3Url(imagesUrl, env);
    const sdk = findS3Sdk();
    return new S3ImageStore(location, () => connectS3(sdk, location));
  }
  // Two letters at least: C:\images is a folder.
  if (imagesUrl === '' || /^[a-z][a-z0-9+.-]+:/i.test(imagesUrl)) {
    throw new UsageError({
      code: 'BAD_IMAGES_URL',
      message: 'What is given with --images is neither a folder nor an s3:// URL.',
      hint: 'Name a folder, or s3://bucket/prefix.',
    });
  }
  const folder = resolve(imagesUrl);
  return folder === join(resolve(dataDir), 'images')
    ? new FolderImageStore(folder, 'images')
    : new FolderImageStore(folder);
}
