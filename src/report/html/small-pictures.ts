import PQueue from 'p-queue';
import { blurPicture } from '../../judges/redraw-picture.ts';
import { StoreError } from '../../store/store-error.ts';
import { makeThumbnail, type ThumbnailOptions } from '../view/thumbnail.ts';

/** What is done to the pictures of a file. */
export type PictureTreatment = 'full' | 'blurred';

/** What {@link smallPictures} needs. */
export interface SmallPicturesOptions {
  readonly treatment: PictureTreatment;
  /** How many bytes all pictures together may take in the file. */
  readonly budget: number;
  /** The encoded picture; `undefined` where it is not kept any more. */
  readonly read: (hash: string) => Promise<Uint8Array | undefined>;
}

/** From fine to coarse; the first that leaves room for enough pictures is taken for all of them. */
const FINENESS: readonly Required<ThumbnailOptions>[] = [
  { side: 256, quality: 72 },
  { side: 192, quality: 62 },
  { side: 144, quality: 50 },
];

/** How many pictures the fineness is tried on. */
const SAMPLE = 16;

const AT_ONCE = 4;

/** Pictures as a file holds them. */
export interface SmallPictures {
  /** `data:` URLs by hash, in the order that was asked for. */
  readonly pictures: Readonly<Record<string, string>>;
  /** Pictures that would have had a place and could not be read: their files are missing, damaged or no pictures. */
  readonly unreadable: number;
}

/**
 * Small pictures as `data:` URLs, as many as the budget holds, the first first. The same pictures and budget give
 * the same result, whichever is ready first.
 *
 * @param hashes in the order of what matters, each once
 * @param wanted so many of them should fit: where they would not, all get smaller
 * @returns what did not fit, or could not be read, is not among the pictures
 */
export async function smallPictures(
  hashes: readonly string[],
  wanted: number,
  { treatment, budget, read }: SmallPicturesOptions,
): Promise<SmallPictures> {
  const treat = treatment === 'blurred' ? blurPicture : await fineEnough(hashes, wanted, budget, read);
  const made = new Map<string, string | undefined>();
  const taken: [string, string][] = [];
  let place = 0;
  let left = budget;
  let unreadable = 0;
  // In the order that was asked for: what is ready early waits until all before it have had their room.
  const take = () => {
    for (; left > 0; place++) {
      const hash = hashes[place];
      if (hash === undefined || !made.has(hash)) return;
      const url = made.get(hash);
      made.delete(hash);
      if (url === undefined) {
        unreadable++;
        continue;
      }
      left -= hash.length + url.length + 6;
      if (left > 0) taken.push([hash, url]);
    }
  };
  const queue = new PQueue({ concurrency: AT_ONCE });
  await queue.addAll(
    hashes.map((hash) => async () => {
      if (left <= 0) return;
      const bytes = await read(hash);
      const small = bytes === undefined ? undefined : await readable(treat(bytes));
      made.set(hash, small === undefined ? undefined : dataUrl(small));
      take();
    }),
  );
  return { pictures: Object.fromEntries(taken), unreadable };
}

type Treat = (bytes: Uint8Array) => Promise<Uint8Array>;

async function fineEnough(
  hashes: readonly string[],
  wanted: number,
  budget: number,
  read: SmallPicturesOptions['read'],
): Promise<Treat> {
  const step = Math.max(1, Math.floor(hashes.length / SAMPLE));
  const sample = hashes.filter((_, place) => place % step === 0).slice(0, SAMPLE);
  const kept = (await Promise.all(sample.map(read))).flatMap((bytes) => bytes ?? []);
  for (const fineness of FINENESS) {
    const made = await Promise.all(kept.map((bytes) => readable(makeThumbnail(bytes, fineness))));
    const sizes = made.flatMap((small) => small?.length ?? []);
    const mean = sizes.reduce((sum, size) => sum + size, 0) / Math.max(1, sizes.length);
    if (mean * (4 / 3) * Math.min(wanted, hashes.length) <= budget * 0.9) {
      return (bytes) => makeThumbnail(bytes, fineness);
    }
  }
  return (bytes) => makeThumbnail(bytes, FINENESS.at(-1));
}

/** `undefined` for a picture that cannot be decoded: it leaves a gap, and the rest is written. */
async function readable(small: Promise<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return await small;
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}

function dataUrl(bytes: Uint8Array): string {
  return `data:image/webp;base64,${Buffer.from(bytes).toString('base64')}`;
}
