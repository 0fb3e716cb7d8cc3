import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

const require = createRequire(import.meta.url);

/** A square drawing: 8-bit RGBA, row by row, not premultiplied. */
export interface Raster {
  readonly side: number;
  /** `side × side × 4` bytes. */
  readonly data: Uint8Array;
}

/** The side of Twemoji's view box, in its own units. */
const VIEW_BOX = 36;
/** SVG user units are CSS pixels, of which an inch has 96; sharp's default density is 72. */
const UNITS_PER_INCH = 72;
/** How much the cache may hold, in bytes. */
const CACHE_LIMIT = 48 * 2 ** 20;

const cache = new Map<string, Promise<Raster>>();
let cachedBytes = 0;
let folder: string | undefined;

/**
 * A pictogram drawn at a size; the most used stay in memory.
 *
 * @param file its name in `@twemoji/svg`, without the ending
 * @param side in pixels
 * @throws when there is no such drawing
 */
export function rasterOf(file: string, side: number): Promise<Raster> {
  const key = `${file}@${side}`;
  const known = cache.get(key);
  if (known !== undefined) {
    // Back in at the end: a Map keeps its order, so the first entry is the one unused for longest.
    cache.delete(key);
    cache.set(key, known);
    return known;
  }
  const raster = draw(file, side);
  cache.set(key, raster);
  cachedBytes += side * side * 4;
  for (const oldest of cache.keys()) {
    if (cachedBytes <= CACHE_LIMIT || oldest === key) break;
    cache.delete(oldest);
    cachedBytes -= Number(oldest.split('@')[1]) ** 2 * 4;
  }
  return raster;
}

async function draw(file: string, side: number): Promise<Raster> {
  folder ??= dirname(require.resolve('@twemoji/svg/package.json'));
  const density = Math.max(1, (UNITS_PER_INCH * side) / VIEW_BOX);
  const data = await sharp(join(folder, `${file}.svg`), { density })
    .resize(side, side, { fit: 'fill' })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer();
  return { side, data };
}
