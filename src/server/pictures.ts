import { LRUCache } from 'lru-cache';
import PQueue from 'p-queue';
import { makeThumbnail } from '../report/view/thumbnail.ts';
import type { ImageKey, ImageStore } from '../store/image-store.ts';

/** A picture as it is sent. */
export interface SentPicture {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
}

/** What browsers are sent as a picture; what else a store may hold is not. */
const SHOWN: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
  'image/avif',
  'image/tiff',
]);

/** Thumbnails that are kept in memory, in bytes: some 5,000. */
const MOST_BYTES = 48 * 1024 * 1024;

/** Resizing takes whole cores; a campaign may be running on the same machine. */
const RESIZES_AT_ONCE = 2;

/** Reads pictures and makes thumbnails of them, each one once as long as it is remembered. */
export class Pictures {
  readonly #images: Pick<ImageStore, 'get'>;
  readonly #resizing = new PQueue({ concurrency: RESIZES_AT_ONCE });
  readonly #thumbnails: LRUCache<string, Uint8Array<ArrayBuffer>, ImageKey>;

  /** @param mostBytes how much the thumbnails that are kept may come to */
  constructor(images: Pick<ImageStore, 'get'>, mostBytes: number = MOST_BYTES) {
    this.#images = images;
    this.#thumbnails = new LRUCache({
      maxSize: mostBytes,
      sizeCalculation: ({ byteLength }) => Math.max(1, byteLength),
      fetchMethod: (_hash, _stale, { context }) =>
        this.#resizing.add(async () => makeThumbnail(await this.#images.get(context))),
    });
  }

  /** The picture as it was stored; `undefined` for what is not shown as one. */
  async full(key: ImageKey): Promise<SentPicture | undefined> {
    if (!SHOWN.has(key.mediaType)) return undefined;
    return { bytes: new Uint8Array(await this.#images.get(key)), mediaType: key.mediaType };
  }

  /**
   * A WebP of at most 256 pixels a side.
   *
   * @throws StoreError `IMAGE_MISSING`, `IMAGE_DAMAGED` also for what cannot be decoded
   */
  async thumbnail(key: ImageKey): Promise<SentPicture | undefined> {
    if (!SHOWN.has(key.mediaType)) return undefined;
    const bytes = await this.#thumbnails.fetch(key.hash, { context: key });
    return bytes === undefined ? undefined : { bytes, mediaType: 'image/webp' };
  }
}
