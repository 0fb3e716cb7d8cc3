import type { ImageKey } from './image-store.ts';

/** The name of the marker beside the images. */
export const MARKER_NAME = 'art-images.json';

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'avif',
  'image/tiff': 'tiff',
};

const MEDIA_TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries(EXTENSIONS).map(([mediaType, extension]) => [extension, mediaType]),
);

const IMAGE_NAME = /^([0-9a-f]{2})\/(\1[0-9a-f]{62})\.([a-z]{3,4})$/;
const DRAFT_NAME = /^[0-9a-f]{2}\/[0-9a-f]{64}\.[a-z]{3,4}\.[0-9a-f-]{36}\.draft$/;

/** What kind of file it is where nobody knows. */
const UNKNOWN_MEDIA_TYPE = 'application/octet-stream';

/**
 * An image's name within its store, `ab/ab12….png`.
 *
 * @throws RangeError for a hash that is none: it becomes part of a path
 */
export function imageName({ hash, mediaType }: ImageKey): string {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new RangeError('an image is named by a SHA-256 in lower-case hex');
  return `${hash.slice(0, 2)}/${hash}.${EXTENSIONS[mediaType] ?? 'bin'}`;
}

/** The image that a name stands for; `undefined` for whatever else lies there. */
export function imageOfName(name: string): ImageKey | undefined {
  const [, , hash, extension = ''] = IMAGE_NAME.exec(name) ?? [];
  if (hash === undefined) return undefined;
  const mediaType = MEDIA_TYPES.get(extension) ?? (extension === 'bin' ? UNKNOWN_MEDIA_TYPE : undefined);
  return mediaType === undefined ? undefined : { hash, mediaType };
}

/** Whether a name is that of an image on its way into a folder. */
export function isDraftName(name: string): boolean {
  return DRAFT_NAME.test(name);
}
