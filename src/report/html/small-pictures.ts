import PQueue from 'p-queue';
import sharp from 'sharp';
import { MOST_PIXELS } from '../../models/check-image.ts';
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

/** The longer side of a blurred picture: colours and their places, and nothing that could be made out. */
const BLURRED_SIDE = 14;

const AT_ONCE = 4;

/**
 * Small pictures as `data:` URLs, as many as the budget holds, the first first.
 *
 * @param hashes in the order of what matters
 * @param wanted so many of them should fit: where they would not, all get smaller
 * @returns by hash; what did not fit, or is not kept, is not there
 */
export async function smallPictures(
  hashes: readonly string[],
  wanted: number,
  { treatment, budget, read }: SmallPicturesOptions,
): Promise<Record<string, string>> {
  const treat = treatment === 'blurred' ? blurred : await fineEnough(hashes, wanted, budget, read);
  const made = new Map<string, string>();
  const queue = new PQueue({ concurrency: AT_ONCE });
  let left = budget;
  await queue.addAll(
    hashes.map((hash) => async () => {
      if (left <= 0) return;
      const bytes = await read(hash);
      if (bytes === undefined) return;
      const url = dataUrl(await treat(bytes));
      left -= hash.length + url.length + 6;
      if (left > 0) made.set(hash, url);
    }),
  );
  // In the order of what was asked for, whichever was ready first: the same campaign gives the same file.
  return Object.fromEntries(hashes.flatMap((hash) => entry(hash, made.get(hash))));
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
    const sizes = await Promise.all(kept.map(async (bytes) => (await makeThumbnail(bytes, fineness)).length));
    const mean = sizes.reduce((sum, size) => sum + size, 0) / Math.max(1, sizes.length);
    if (mean * (4 / 3) * Math.min(wanted, hashes.length) <= budget * 0.9) {
      return (bytes) => makeThumbnail(bytes, fineness);
    }
  }
  return (bytes) => makeThumbnail(bytes, FINENESS.at(-1));
}

/** What is left are a few large spots of colour; no program gets the picture back. */
async function blurred(bytes: Uint8Array): Promise<Uint8Array> {
  return await sharp(bytes, { limitInputPixels: MOST_PIXELS, sequentialRead: true })
    .autoOrient()
    .resize(BLURRED_SIDE, BLURRED_SIDE, { fit: 'inside', kernel: 'cubic' })
    .flatten({ background: '#ffffff' })
    .blur(1)
    .webp({ quality: 60 })
    .toBuffer();
}

function dataUrl(bytes: Uint8Array): string {
  return `data:image/webp;base64,${Buffer.from(bytes).toString('base64')}`;
}

function entry(hash: string, url: string | undefined): [string, string][] {
  return url === undefined ? [] : [[hash, url]];
}
