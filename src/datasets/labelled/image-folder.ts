import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { LabelledImage } from './labelled-data.ts';

const IMAGE_ENDINGS = ['.png', '.jpg', '.jpeg', '.webp', '.gif', '.avif', '.tif', '.tiff'];

/** What a folder of images holds. */
export interface ImageFolder {
  readonly images: readonly LabelledImage[];
  /** Images below no folder called safe or unsafe. */
  readonly unlabelled: number;
}

/**
 * The images below folders called `safe` and `unsafe`; another folder on the way is the category, as in
 * `violence/unsafe/1.png` or `unsafe/violence/1.png`. Links are not followed.
 *
 * @throws {@link UsageError} where there is no such image
 */
export async function readImageFolder(folder: string): Promise<ImageFolder> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && IMAGE_ENDINGS.includes(extname(entry.name).toLowerCase()))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const images = files.flatMap((file) => labelledImage(folder, file) ?? []);
  if (images.length > 0) return { images, unlabelled: files.length - images.length };
  const folders = [...new Set(files.map((file) => relative(folder, dirname(file)) || '.'))].slice(0, 8);
  throw new UsageError({
    code: 'NO_LABELLED_DATA',
    message: `${folder} holds ${files.length === 0 ? 'no images' : `images, but none below a folder called safe or unsafe (they are in: ${folders.join(', ')})`}`,
    hint: 'Sort them into sub-folders safe and unsafe, or write a labels.csv with the columns file and label.',
    data: { folder },
  });
}

function labelledImage(folder: string, file: string): LabelledImage | undefined {
  const names = relative(folder, dirname(file)).split(sep);
  // The innermost decides: the outer ones say where it comes from.
  const label = names
    .map((name) => name.toLowerCase())
    .findLast((name) => name === 'safe' || name === 'unsafe');
  if (label === undefined) return undefined;
  const category = names.find((name) => !['safe', 'unsafe', ''].includes(name.toLowerCase()));
  return {
    kind: 'image',
    place: relative(folder, file) || basename(file),
    file,
    unsafe: label === 'unsafe',
    ...(category === undefined ? {} : { category }),
  };
}
