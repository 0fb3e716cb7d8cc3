import { FolderImageStore } from '../store/folder-image-store.ts';
import type { ImageStore } from '../store/image-store.ts';
import { keptKey } from '../store/kept-picture.ts';
import type { ImageRow } from '../store/schema.ts';
import type { KeptPart } from './view-model.ts';

/** Where what is left of a picture is, as reports say it; `null` where nothing is. */
export type FileOf = (image: ImageRow) => string | null;

/**
 * How reports name pictures: relative to the data folder, or by their address in an object store.
 *
 * @param images default: those in the data folder
 */
export function fileNaming(
  images: Pick<ImageStore, 'pathInReports'> = new FolderImageStore('images'),
): FileOf {
  return (image) => {
    const key = keptKey(image);
    return key === undefined ? null : images.pathInReports(key);
  };
}

/** What is left of a picture, for reports: absent where it is whole, as nearly all are. */
export function keptNote(image: ImageRow | undefined): { readonly kept?: KeptPart } {
  return image === undefined || image.kept === 'full' ? {} : { kept: image.kept };
}
