import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import sharp from 'sharp';
import { seededRandom } from '../../src/metrics/intervals.ts';
import { contentHash } from '../../src/store/content-hash.ts';
import type { Store } from '../../src/store/open-store.ts';
import type { NewImage } from '../../src/store/schema.ts';
import { insertRows } from './insert-rows.ts';

/** Width and height of a picture in pixels. */
export const SIDE = 96;

/** Makes pictures, a conversation's at a time: their rows and, where wanted, their files. */
export class PictureMaker {
  readonly #store: Store;
  readonly #files: boolean;
  readonly #seed: number;
  #made = 0;
  #taken = 0;
  #pending: readonly { readonly row: NewImage; readonly bytes: Uint8Array }[] = [];

  constructor(store: Store, { files, seed }: { readonly files: boolean; readonly seed: number }) {
    this.#store = store;
    this.#files = files;
    this.#seed = seed;
  }

  /** Makes so many pictures, all at once. */
  async make(count: number): Promise<void> {
    const first = this.#made;
    this.#made += count;
    this.#taken = 0;
    this.#pending = await Promise.all(
      Array.from({ length: count }, async (_, place) => {
        const bytes = this.#files
          ? await tile(this.#seed, first + place)
          : Buffer.from(`${this.#seed} ${first + place}`);
        const row = {
          hash: contentHash(bytes),
          mediaType: 'image/webp',
          width: SIDE,
          height: SIDE,
          byteLength: bytes.length,
        };
        return { row, bytes };
      }),
    );
  }

  /** The hash of the next one of them. */
  next(): string {
    const made = this.#pending[this.#taken++];
    if (made === undefined) throw new RangeError('more pictures are taken than were made');
    return made.row.hash;
  }

  /** Stores them. */
  async store(): Promise<void> {
    const pending = this.#pending;
    await insertRows(this.#store.database, {
      table: 'images',
      columns: 'hash text, media_type text, width int, height int, byte_length int',
      rows: pending.map(({ row }) => ({
        hash: row.hash,
        media_type: row.mediaType,
        width: row.width,
        height: row.height,
        byte_length: row.byteLength,
      })),
    });
    if (!this.#files) return;
    // Not through the image store: it syncs each file, which is for pictures that cannot be made again.
    await Promise.all(
      pending.map(async ({ row, bytes }) => {
        const path = this.#store.images.locate(row);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, bytes);
      }),
    );
  }
}

/** A tile of colours of its own. */
async function tile(seed: number, place: number): Promise<Buffer> {
  const random = seededRandom(seed * 1_000_003 + place);
  const cells = 4;
  const pixels = Buffer.from(Array.from({ length: cells * cells * 3 }, () => Math.floor(random() * 256)));
  // The place stands in the first cells, so that no two are the same.
  pixels.writeUInt32BE(place, 0);
  return await sharp(pixels, { raw: { width: cells, height: cells, channels: 3 } })
    .resize(SIDE, SIDE, { kernel: 'nearest' })
    .webp({ lossless: true, effort: 0 })
    .toBuffer();
}
