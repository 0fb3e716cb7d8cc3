import { z } from 'zod';
import { sha256 } from '../store/archived/row-values.ts';
import { mediaType } from '../store/archived/rows.ts';
import { imageName, imageOfName } from '../store/image-names.ts';
import type { ImageKey } from '../store/image-store.ts';

const FOLDER = 'pictures/';

/** A line of the list of pictures. */
export const listedPicture = z.strictObject({
  hash: sha256,
  mediaType,
  bytes: z
    .int()
    .min(1)
    .max(64 * 1024 * 1024),
});

/** A picture of an archive, as its list names it. */
export type ListedPicture = z.output<typeof listedPicture>;

/** The entry that holds a picture: `pictures/ab12….png`. */
export function entryOfPicture(key: ImageKey): string {
  return `${FOLDER}${imageName(key).slice(3)}`;
}

/** The picture that an entry holds; `undefined` for other entries. */
export function pictureOfEntry(name: string): ImageKey | undefined {
  if (!name.startsWith(FOLDER)) return undefined;
  const file = name.slice(FOLDER.length);
  return imageOfName(`${file.slice(0, 2)}/${file}`);
}
